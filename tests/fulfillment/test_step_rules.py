"""The rules of the steps without a database: random walks that must never break a counter."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import example, given, settings, strategies as st

from argosy.fulfillment.decide import sending, steps
from argosy.fulfillment.decide.amounts import value_of_units
from argosy.fulfillment.decide.work import check_step, lines_after, whole_units
from argosy.fulfillment.model import FINAL, STEPS, Kind, State, Step, check_steps
from argosy.fulfillment.model.work import (
    Change,
    Package,
    PackedPackage,
    PickedLine,
    Sending,
    Work,
    WorkLine,
)
from argosy.kernel.refusals import Refused
from tests.fulfillment.world import NOW


def work(*lines: WorkLine, kind: Kind = Kind.SHIP, state: State = State.OPEN) -> Work:
    return Work(
        order_id=UUID(int=1),
        fulfillment_order_id=UUID(int=2),
        number="F1",
        group_no=1,
        channel_id=UUID(int=3),
        location_id=UUID(int=4),
        kind=kind,
        state=state,
        version=1,
        load_day=NOW.date(),
        due_at=NOW,
        active_holds=0,
        lifecycle="placed",
        currency="GBP",
        lines=lines,
    )


def line(no: int, order_line: int, quantity: int, per_unit: int = 1, **changes: Any) -> WorkLine:
    units = quantity // per_unit
    given: dict[str, Any] = {"ordered": units, "total_minor": 1000 * order_line + 7}
    return WorkLine(
        no, order_line, UUID(int=100 + no), f"S{no}", quantity, per_unit, **given | changes
    )


def after(change: Change) -> Work:
    """Return the work as the database would have it after the change."""
    packages = {p.package_id: p for p in change.work.packages}
    for dropped in change.dropped_packages:
        del packages[dropped]
    for new in change.new_packages:
        packages[new.package_id] = Package(new.package_id, new.lines, new.shipment_id)
    for package_id, _, _ in change.sent_packages:
        assert change.shipment is not None
        sent_in = change.shipment.shipment_id
        packages[package_id] = msgspec.structs.replace(packages[package_id], shipment_id=sent_in)
    for package_id in change.delivered_packages:
        packages[package_id] = msgspec.structs.replace(packages[package_id], delivered=True)
    if change.voided_shipment_id is not None:
        packages = {
            key: msgspec.structs.replace(p, shipment_id=None)
            if p.shipment_id == change.voided_shipment_id
            else p
            for key, p in packages.items()
        }
    moved = {}
    for of_line in lines_after(change):
        number = of_line.order_line_no
        fulfilled = change.units_fulfilled.get(number, 0) - change.units_unfulfilled.get(number, 0)
        moved[of_line.line_no] = msgspec.structs.replace(
            of_line,
            fulfilled=of_line.fulfilled + fulfilled,
            credit=of_line.credit + change.credit.get(number, 0),
        )
    return msgspec.structs.replace(
        change.work,
        state=change.state,
        lines=tuple(moved.values()),
        packages=tuple(packages.values()),
    )


def check_counters(each: Work) -> None:
    """Assert what the CHECK constraints of the tables say."""
    for of_line in each.lines:
        assert 0 <= of_line.delivered <= of_line.shipped <= of_line.packed <= of_line.picked
        assert of_line.picked <= of_line.quantity - of_line.short - of_line.canceled
        assert (of_line.short + of_line.canceled) % of_line.per_unit == 0
        inside = sum(p.lines.get(of_line.line_no, 0) for p in each.packages)
        left = sum(p.lines.get(of_line.line_no, 0) for p in each.packages if p.shipment_id)
        assert (of_line.packed, of_line.shipped) == (inside, left)
        assert of_line.credit >= 0


WALK = st.lists(
    st.tuples(
        st.sampled_from(
            ["accept", "pick", "short", "pack", "ship", "complete", "deliver", "cancel",
             "reject", "unaccept", "unpick", "unpack", "unship"]
        ),
        st.integers(1, 3),
        st.integers(0, 5),
    ),
    max_size=25,
)  # fmt: skip


def take(each: Work, step: str, line_no: int, amount: int, number: int) -> Change | Refused:
    ids = Sending(UUID(int=1000 + 2 * number), UUID(int=1001 + 2 * number))
    match step:
        case "accept":
            return steps.decide_accept(each)
        case "pick":
            lines = [PickedLine(line_no, amount)] if amount else None
            return steps.decide_pick(each, lines, correct_stock=False)
        case "short":
            return steps.decide_pick(each, [PickedLine(line_no, 0, amount)], correct_stock=True)
        case "pack":
            lines_in = {line_no: amount} if amount else None
            return steps.decide_pack(each, [PackedPackage(ids.package_id, lines_in)])
        case "ship":
            ready = [p.package_id for p in each.packages if p.shipment_id is None]
            some = None if amount == 0 else dict.fromkeys(ready[:amount])
            return sending.decide_ship(each, ids, some)
        case "complete":
            return sending.decide_complete(each, ids, {line_no: amount} if amount else None)
        case "deliver":
            return sending.decide_deliver(each, None)
        case "cancel":
            return steps.decide_cancel(each, reason="test")
        case "reject":
            return steps.decide_reject(each, reason="test", missing={}, exclude=True)
        case "unship":
            left = [p.shipment_id for p in each.packages if p.shipment_id]
            return sending.decide_unship(each, left[0] if left else UUID(int=9), reason="test")
        case _:
            return steps.decide_undo(each, step)


START = st.sampled_from([[], [("accept", 1, 0)], [("accept", 1, 0), ("pick", 1, 0)]])


@settings(max_examples=400, deadline=None)
@given(st.builds(list.__add__, START, WALK))
@example([("complete", 1, 5), ("unship", 1, 0), ("short", 2, 5)])
def test_no_walk_breaks_a_counter_or_the_books(walk: list[tuple[str, int, int]]) -> None:
    each = work(line(1, 1, 5), line(2, 2, 6, 2), line(3, 2, 3, 1))
    allocated = steps.open_units(each.lines)
    in_progress = announced = 0
    for number, (step, line_no, amount) in enumerate(walk):
        change = take(each, step, line_no, amount, number)
        if isinstance(change, Refused):
            continue
        assert change.state in STEPS[change.step].leads_to
        started = each.started
        for units, sign in (
            (change.units_released, -1), (change.units_fulfilled, -1), (change.units_unfulfilled, 1)
        ):  # fmt: skip
            for order_line, count in units.items():
                assert count > 0
                allocated[order_line] += sign * count
                in_progress += sign * count if started else 0
        in_progress += change.units_started
        stock = dict.fromkeys((1, 2, 3), 0)
        for quantities, sign in (
            (change.stock_shipped, -1), (change.stock_unshipped, 1),
            (change.to_reservation, -1), (change.to_free, -1),
        ):  # fmt: skip
            for no, quantity in quantities.items():
                stock[no] += sign * quantity
        before = {of_line.line_no: of_line.open for of_line in each.lines}
        announced += change.shipment.amount_minor if change.shipment else 0
        each = after(change)
        check_counters(each)
        for of_line in each.lines:
            assert of_line.open == before[of_line.line_no] + stock[of_line.line_no]
        assert steps.open_units(each.lines) == allocated
        assert in_progress == (sum(allocated.values()) if each.started else 0)
        assert each.state not in FINAL or sum(allocated.values()) == 0
        worth = {
            of_line.order_line_no: value_of_units(
                of_line.total_minor, of_line.ordered, 0, of_line.fulfilled + of_line.credit
            )
            for of_line in each.lines
        }
        assert announced == sum(worth.values())


@given(
    st.integers(0, 10**12),
    st.integers(1, 500),
    st.lists(st.integers(0, 20), max_size=40),
)
def test_parts_of_a_line_sum_to_its_total(total: int, ordered: int, cuts: list[int]) -> None:
    first = worth = 0
    for cut in [*cuts, ordered]:
        count = min(cut, ordered - first)
        worth += value_of_units(total, ordered, first, count)
        first += count
    assert (first, worth) == (ordered, total)


def test_the_step_table_is_whole_and_a_broken_one_is_found() -> None:
    assert check_steps(STEPS) == []
    without = {name: step for name, step in STEPS.items() if name != "accept"}
    assert check_steps(without) != []
    lost = Step("lose", frozenset({State.FULFILLED}), frozenset({State.OPEN}), undoes="nothing")
    faults = check_steps(STEPS | {"lose": lost})
    assert "fulfilled is final but a step leaves it" in faults
    assert "lose undoes nothing, which is no step" in faults


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("step", list(STEPS))
def test_every_step_refuses_every_state_it_does_not_start_from(step: str, state: State) -> None:
    for kind in Kind:
        refused = check_step(work(line(1, 1, 1), kind=kind, state=state), step)
        allowed = kind in STEPS[step].kinds and state in STEPS[step].starts_from
        assert (refused is None) == allowed


def test_a_kit_of_which_a_part_left_cannot_be_called_off() -> None:
    begun = work(
        line(1, 1, 4, 2, picked=4, packed=1, shipped=1),
        line(2, 1, 2, 1, picked=2),
        state=State.PICKED,
    )
    change = steps.decide_cancel(begun, reason="test")
    assert isinstance(change, Change)
    assert change.units_released == {1: 1}  # The other one must be finished.
    assert change.to_reservation == {1: 2, 2: 1}
    assert change.state is State.ACCEPTED


def test_a_kit_counts_only_whole_units() -> None:
    lines = (line(1, 1, 4, 2, shipped=3), line(2, 1, 2, 1, shipped=2))
    assert whole_units(lines, lambda each: each.shipped) == {1: 1}
