"""The rules of stock without a database: the promise, who is served, transfers, feeds."""

from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, strategies as st

from argosy.inventory import (
    Demand,
    Promise,
    PromiseRules,
    Shortage,
    SkuStock,
    decide_promise,
)
from argosy.inventory.decide.feeds import complete_snapshots, newest
from argosy.inventory.decide.fill import decide_fill
from argosy.inventory.decide.places import moment_of
from argosy.inventory.decide.promise import sellable
from argosy.inventory.decide.transfers import decide_receive, decide_ship
from argosy.inventory.model import Refusal
from argosy.inventory.model.backorders import FilledOrder, Waiting
from argosy.inventory.model.feeds import SetQuantity
from argosy.inventory.model.transfers import LineState, TransferState
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused
from tests.inventory.shop import NOW, later

A, B = UUID(int=0xA), UUID(int=0xB)
L1, L2, L3 = (UUID(int=n) for n in (1, 2, 3))
WEB = UUID(int=0xC)
units = st.integers(0, 20)


def stock(sku_id: UUID = A, backlog_left: int = 0, **free: int) -> SkuStock:
    places = {"l1": L1, "l2": L2, "l3": L3}
    return SkuStock(sku_id, {places[name]: n for name, n in free.items()}, backlog_left)


def taken(promise: Promise | Shortage) -> list[tuple[UUID, UUID, int]]:
    assert isinstance(promise, Promise), promise
    return [(each.sku_id, each.location_id, each.quantity) for each in promise.taken]


def test_the_first_location_that_has_everything_is_preferred() -> None:
    known = {A: stock(A, l1=1, l2=5), B: stock(B, l2=5)}
    demands = [Demand(1, A, 2), Demand(2, B, 1)]
    promise = decide_promise(known, demands, PromiseRules((L1, L2)))
    assert taken(promise) == [(A, L2, 2), (B, L2, 1)]


def test_what_no_location_has_alone_is_taken_in_turn() -> None:
    promise = decide_promise({A: stock(l1=1, l2=5)}, [Demand(1, A, 6)], PromiseRules((L1, L2)))
    assert taken(promise) == [(A, L1, 1), (A, L2, 5)]


def test_pain_04_two_lines_never_count_the_same_unit() -> None:
    known = {A: stock(l1=5)}
    short = decide_promise(known, [Demand(1, A, 3), Demand(2, A, 3)], PromiseRules((L1,)))
    assert isinstance(short, Shortage)
    assert (short.asked, short.available) == ({A: 6}, {A: 5})
    assert known[A].free == {L1: 5}


def test_units_beyond_stock_are_dated_by_what_covers_the_whole_backlog() -> None:
    known = SkuStock(A, {L1: 1}, 10, 12, 2, [(date(2026, 1, 9), L1, 3), (date(2026, 1, 20), L1, 9)])
    rules = PromiseRules((L1,))
    promise = decide_promise({A: known}, [Demand(1, A, 2), Demand(2, A, 3)], rules)
    assert isinstance(promise, Promise)
    assert [(b.line_no, b.quantity, b.expected_on) for b in promise.backordered] == [
        (1, 1, date(2026, 1, 9)),
        (2, 3, date(2026, 1, 20)),
    ]
    again = decide_promise({A: known}, [Demand(1, A, 7)], rules)
    assert isinstance(again, Shortage)


@given(
    free=st.dictionaries(st.sampled_from([L1, L2, L3]), st.integers(1, 20)),
    backlog=units,
    share=st.integers(0, 100),
    threshold=units,
    asked=st.lists(st.integers(1, 12), min_size=1, max_size=5),
)
def test_a_promise_is_whole_and_never_more_than_there_is(
    free: dict[UUID, int], backlog: int, share: int, threshold: int, asked: list[int]
) -> None:
    known = SkuStock(A, dict(free), backlog)
    rules = PromiseRules((L1, L2), WEB, threshold, share)
    can_be_sold = sellable(known, rules)
    demands = [Demand(line_no, A, n) for line_no, n in enumerate(asked, 1)]
    promise = decide_promise({A: known}, demands, rules)
    if isinstance(promise, Shortage):
        assert sum(asked) > can_be_sold + backlog
        assert known == SkuStock(A, free, backlog)
        return
    per_line = dict.fromkeys(range(1, len(asked) + 1), 0)
    for each in (*promise.taken, *promise.backordered):
        assert each.quantity > 0
        per_line[each.line_no] += each.quantity
    assert list(per_line.values()) == asked
    from_stock = sum(each.quantity for each in promise.taken)
    assert from_stock == min(sum(asked), can_be_sold)
    assert all(each.location_id in (L1, L2) for each in promise.taken)
    assert all(left >= 0 for left in known.free.values())
    assert sum(known.free.values()) == sum(free.values()) - from_stock
    assert known.backlog_left == backlog - (sum(asked) - from_stock) >= 0


@given(free=units, first=st.integers(1, 12), second=st.integers(1, 12))
def test_what_is_shown_can_be_promised_until_somebody_takes_it(
    free: int, first: int, second: int
) -> None:
    """One function answers the question, the cart and the order."""
    known = SkuStock(A, {L1: free} if free else {})
    rules = PromiseRules((L1,))
    shown = sellable(known, rules)
    got = decide_promise({A: known}, [Demand(1, A, first)], rules)
    assert isinstance(got, Promise) == (shown >= first)
    left = sellable(known, rules)
    assert left == (shown - first if isinstance(got, Promise) else shown)
    again = decide_promise({A: known}, [Demand(1, A, second)], rules)
    assert isinstance(again, Promise) == (left >= second)


def waits(owner: int, quantity: int, **how: object) -> Waiting:
    given_ = {
        "sku_id": A,
        "line_no": 1,
        "kind": "back_order",
        "channel_id": WEB,
        "promised_at": None,
        "queued_at": NOW,
        "per_unit": 1,
    } | how
    return Waiting(owner_id=UUID(int=owner), quantity=quantity, **given_)


def served(filled: msgspec.Struct) -> list[tuple[int, UUID, int]]:
    return [(each.owner_id.int, each.location_id, each.quantity) for each in filled.fills]


def test_the_earliest_promise_is_served_first_then_the_longest_wait() -> None:
    waiting = [
        waits(1, 2),
        waits(2, 2, promised_at=later(days=9)),
        waits(3, 2, promised_at=later(days=3)),
        waits(4, 2, queued_at=later(hours=-1)),
    ]
    filled = decide_fill(waiting, {A: {L1: 3, L2: 4}}, {WEB: (L2, L1)}, frozenset())
    assert served(filled) == [(3, L2, 2), (2, L2, 2), (4, L1, 2), (1, L1, 1)]
    assert {each.owner_id.int: each.order_units for each in filled.orders} == {
        1: 1,
        2: 2,
        3: 2,
        4: 2,
    }


def test_nobody_is_served_from_where_their_channel_does_not_send() -> None:
    waiting = [waits(1, 2), waits(2, 2, location_id=L3), waits(3, 1, channel_id=UUID(int=9))]
    filled = decide_fill(waiting, {A: {L2: 9, L3: 1}}, {WEB: (L1,)}, frozenset())
    assert served(filled) == [(2, L3, 1)]


def test_only_pre_orders_wait_for_the_release() -> None:
    waiting = [waits(1, 2, kind="pre_order"), waits(2, 2)]
    filled = decide_fill(waiting, {A: {L1: 9}}, {WEB: (L1,)}, frozenset({A}))
    assert served(filled) == [(2, L1, 2)]


def test_a_kit_counts_whole_units() -> None:
    waiting = [waits(1, 6, per_unit=2), waits(1, 3, sku_id=B)]
    filled = decide_fill(waiting, {A: {L1: 5}, B: {L1: 3}}, {WEB: (L1,)}, frozenset())
    assert filled.orders == [FilledOrder(UUID(int=1), 2, WEB)]


@given(
    waiting=st.lists(st.integers(1, 9), min_size=1, max_size=8),
    free=st.dictionaries(st.sampled_from([L1, L2]), st.integers(1, 20)),
)
def test_nobody_waits_while_stock_is_left(waiting: list[int], free: dict[UUID, int]) -> None:
    rows = [waits(owner, quantity) for owner, quantity in enumerate(waiting, 1)]
    filled = decide_fill(rows, {A: free}, {WEB: (L1, L2)}, frozenset())
    assert sum(each.quantity for each in filled.fills) == min(sum(waiting), sum(free.values()))


def transfer(state: str, *lines: tuple[UUID, int, int, int, int]) -> TransferState:
    return TransferState(
        UUID(int=7), L1, L2, state, date(2026, 1, 9), 1, tuple(LineState(*each) for each in lines)
    )


def test_what_is_not_named_stays_when_a_transfer_leaves() -> None:
    state = transfer("created", (A, 5, 0, 0, 0), (B, 3, 0, 0, 0))
    sent = decide_ship(state, {A: 4}, None, new_id)
    assert isinstance(sent, list)
    assert [(each.sku_id, each.shipped) for each in sent] == [(A, 4), (B, 0)]


def test_a_transfer_is_over_when_nothing_is_left_in_transit() -> None:
    state = transfer("shipped", (A, 5, 5, 1, 0), (B, 3, 3, 3, 0))
    arrived, over = decide_receive(state, {A: 2}, close=False)
    assert ([(each.received, each.lost) for each in arrived], over) == ([(2, 0)], False)
    arrived, over = decide_receive(state, {A: 2}, close=True)
    assert ([(each.received, each.lost) for each in arrived], over) == ([(2, 2)], True)
    arrived, over = decide_receive(state, None, close=False)
    assert ([(each.received, each.lost) for each in arrived], over) == ([(4, 0)], True)


def test_of_rows_for_one_place_the_newest_counts() -> None:
    rows = [
        SetQuantity(A, L1, 1, later(minutes=2), L1),
        SetQuantity(A, L1, 2, later(minutes=1), L1),
        SetQuantity(A, L2, 3, later(minutes=1), L1),
        SetQuantity(A, L1, 4, later(minutes=2), L1),
    ]
    assert newest(rows) == [False, False, True, True]


def test_a_snapshot_is_complete_with_its_last_part() -> None:
    done = [(L1, "s", part, "snapshot", 3) for part in (1, 3)]
    assert complete_snapshots({}, done) == set()
    assert complete_snapshots({}, [*done, (L1, "s", 2, "snapshot", 3)]) == {(L1, "s")}
    assert complete_snapshots({}, [(L1, "d", 1, "delta", 1)]) == set()


@pytest.mark.parametrize(
    ("ahead", "parts", "expected"),
    [
        (timedelta(hours=-1), 1, later(hours=-1)),
        (timedelta(seconds=30), 1, NOW),
        (timedelta(seconds=30), 2, later(seconds=30)),
        (timedelta(minutes=2), 1, Refusal.AS_OF_IN_THE_FUTURE),
        (timedelta(days=-365 * 12), 1, Refusal.DATE_OUT_OF_RANGE),
    ],
)
def test_a_clock_that_runs_fast_is_taken_back(
    ahead: timedelta, parts: int, expected: object
) -> None:
    found = moment_of(NOW + ahead, NOW, parts=parts)
    assert (found.code if isinstance(found, Refused) else found) == expected
