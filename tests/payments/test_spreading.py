"""Splitting amounts over payments: sums are exact, limits hold, stored value comes first."""

from datetime import timedelta

import msgspec
from hypothesis import given, settings, strategies as st

from argosy.kernel.ids import new_id
from argosy.payments.decide.invoicing import tax_share
from argosy.payments.decide.spreading import (
    decide_charge,
    give_back,
    in_order_of_taking,
    spread_capture,
    spread_refund,
    spread_void,
)
from argosy.payments.model import Payment, Sums
from tests.conftest import NOW

ORDER = new_id()


@st.composite
def payment_lists(draw: st.DrawFn) -> list[Payment]:
    made = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        authorized = draw(st.integers(0, 500))
        captured = draw(st.integers(0, authorized))
        voided = draw(st.integers(0, authorized - captured))
        pending_capture = draw(st.integers(0, authorized - captured - voided))
        refunded = draw(st.integers(0, captured))
        pending_refund = draw(st.integers(0, captured - refunded))
        made.append(
            Payment(
                order_id=ORDER,
                payment_no=number,
                gateway="sandbox",
                method=draw(st.sampled_from(["card", "gift_card", "store_credit"])),
                currency="GBP",
                amount_minor=500,
                token="tok_ok",
                pending_authorization_minor=draw(st.sampled_from([0, 0, 50])),
                authorized_minor=authorized,
                captured_minor=captured,
                voided_minor=voided,
                pending_capture_minor=pending_capture,
                refunded_minor=refunded,
                pending_refund_minor=pending_refund,
                authorization_expires_at=draw(
                    st.sampled_from([None, NOW - timedelta(days=1), NOW + timedelta(days=1)])
                ),
                attempt=draw(st.integers(1, 3)),
            )
        )
    return made


@given(payment_lists(), st.integers(0, 3000))
@settings(max_examples=200)
def test_pain_22_parts_sum_to_the_amount_and_stay_within_each_payment(
    payments: list[Payment], amount: int
) -> None:
    for spread, room in (
        (spread_capture, lambda p: p.available_minor),
        (spread_void, lambda p: p.available_minor),
        (spread_refund, lambda p: p.refundable_minor),
    ):
        parts, missing = spread(payments, amount)
        rooms = {p.payment_no: room(p) for p in payments}
        assert sum(part for _, part in parts) + missing == amount
        assert all(0 < part <= rooms[number] for number, part in parts)
        assert len({number for number, _ in parts}) == len(parts)
        assert missing == max(0, amount - sum(rooms.values()))


@given(payment_lists(), st.integers(1, 3000))
@settings(max_examples=200)
def test_stored_value_is_taken_first_and_given_back_last(
    payments: list[Payment], amount: int
) -> None:
    by_number = {p.payment_no: p for p in payments}
    order = [p.payment_no for p in in_order_of_taking(payments)]
    taken, _ = spread_capture(payments, amount)
    assert [no for no, _ in taken] == sorted((no for no, _ in taken), key=order.index)
    if any(not by_number[no].is_stored_value for no, _ in taken):
        used = dict(taken)
        for p in payments:
            if p.is_stored_value:
                assert used.get(p.payment_no, 0) == p.available_minor
    given_back, _ = spread_refund(payments, amount)
    if any(by_number[no].is_stored_value for no, _ in given_back):
        used = dict(given_back)
        for p in payments:
            if not p.is_stored_value:
                assert used.get(p.payment_no, 0) == p.refundable_minor


@given(payment_lists(), st.integers(0, 3000))
@settings(max_examples=200)
def test_pain_19_nothing_is_refunded_while_something_can_be_let_go(
    payments: list[Payment], amount: int
) -> None:
    voids, refunds, missing = give_back(payments, amount)
    free = sum(p.available_minor for p in payments)
    assert sum(n for _, n in voids) == min(free, amount)
    assert sum(n for _, n in voids) + sum(n for _, n in refunds) + missing == amount


def _sums(payments: list[Payment], **more: object) -> Sums:
    names = (
        "pending_authorization_minor",
        "authorized_minor",
        "pending_capture_minor",
        "captured_minor",
        "voided_minor",
        "refunded_minor",
        "pending_refund_minor",
    )
    sums = {name: sum(getattr(p, name) for p in payments) for name in names}
    made = Sums(order_id=ORDER, currency="GBP", total_minor=2500, **sums, payments=tuple(payments))
    return msgspec.structs.replace(made, **more)


@given(payment_lists(), st.integers(0, 2500), st.booleans(), st.booleans())
@settings(max_examples=300)
def test_a_charge_never_takes_more_than_it_may(
    payments: list[Payment], to_capture: int, held: bool, closed: bool
) -> None:
    money = _sums(payments, to_capture_minor=to_capture, held=held, closed=closed)
    charge = decide_charge(money, NOW)
    by_number = {p.payment_no: p for p in payments}
    wanted = max(0, to_capture - money.captured_minor - money.pending_capture_minor)
    taken = sum(n for _, n in charge.captures)
    assert taken <= wanted
    every = [*charge.captures, *charge.voids, *charge.expired, *charge.renewals]
    used: dict[int, int] = {}
    for number, part in every:
        used[number] = used.get(number, 0) + part
    assert all(part <= by_number[number].available_minor for number, part in used.items())
    assert not any(by_number[no].is_expired(NOW) for no, _ in charge.captures)
    if closed:
        assert not charge.captures
        assert not charge.renewals
        assert sum(used.values()) == sum(p.available_minor for p in payments)
    if held:
        assert not charge.renewals
    assert charge.missing_minor <= max(0, wanted - taken)


@given(
    st.integers(0, 10_000),
    st.lists(st.integers(0, 5000), min_size=1, max_size=12),
)
def test_pain_28_tax_of_parts_sums_to_the_tax_of_the_line(tax: int, parts: list[int]) -> None:
    total = sum(parts)
    tax = min(tax, total)
    before, shares = 0, []
    for part in parts:
        share = tax_share(tax, total, before, part)
        assert 0 <= share <= part
        shares.append(share)
        before += part
    assert sum(shares) == (tax if total else 0)
