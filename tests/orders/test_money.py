"""Money spread to lines: exact to the minor unit, whatever the amounts."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from argosy.kernel.money import CURRENCIES, exponent_of, round_half_up, spread
from argosy.orders import PlaceOrder
from argosy.orders.decide.faults import Fault
from argosy.orders.decide.money import settle_total, spread_charges, unit_price
from argosy.orders.model import Address, Group, Line, PlaceLine
from tests.orders.world import ask, line

amounts = st.integers(0, 10**12)


@given(st.integers(-(10**15), 10**15), st.lists(amounts, min_size=1, max_size=40))
def test_parts_sum_to_the_whole_and_keep_to_their_weights(total: int, weights: list[int]) -> None:
    parts = spread(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        exact = total * weight / whole if whole else total / len(weights)
        assert abs(part - exact) <= 1 + abs(exact) * 1e-9


@given(st.lists(amounts, min_size=1, max_size=40), st.data())
def test_no_part_is_larger_than_its_weight(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    parts = spread(total, weights)
    if sum(weights):
        assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


def _kept(lines: list[dict[str, Any]]) -> list[Line]:
    return [
        Line(
            line_no=number,
            group_no=each["group"],
            sku_id=None,
            sku_code="MUG",
            title="Mug",
            kind="physical",
            is_kit=False,
            unit_price=Decimal(1),
            ordered=each["quantity"],
            amount_minor=each["amount"],
            discount_minor=min(each["discount"], each["amount"]),
            order_discount_minor=0,
            shipping_minor=0,
            fee_minor=0,
            tax_minor=each["tax"],
            shipping_tax_minor=0,
            total_minor=0,
        )
        for number, each in enumerate(lines, 1)
    ]


_lines = st.lists(
    st.fixed_dictionaries(
        {
            "group": st.integers(1, 3),
            "quantity": st.integers(1, 50),
            "amount": st.integers(0, 100_000),
            "discount": st.integers(0, 100_000),
            "tax": st.integers(0, 5_000),
        }
    ),
    min_size=1,
    max_size=12,
)


@given(
    lines=_lines,
    fees=st.lists(st.tuples(amounts, amounts), max_size=3),
    shipping=st.tuples(*[st.tuples(st.integers(0, 9_999), st.integers(0, 999))] * 3),
    mode=st.sampled_from(["gross", "net"]),
    data=st.data(),
)
@settings(max_examples=150)
def test_pain_28_lines_sum_to_the_total_in_integers(
    lines: list[dict[str, Any]],
    fees: list[tuple[int, int]],
    shipping: tuple[tuple[int, int], ...],
    mode: str,
    data: st.DataObject,
) -> None:
    kept = _kept(lines)
    worth = sum(each.amount_minor - each.discount_minor for each in kept)
    discount = data.draw(st.integers(0, worth))
    used = {each.group_no for each in kept}
    groups = [
        Group(number, f"g{number}", "standard", Address("GB"), *shipping[number - 1],
              None, None, None, None)
        for number in sorted(used)
    ]  # fmt: skip
    asked = msgspec.convert(
        ask(
            discounts=[{"code": "ALL", "amount_minor": discount}],
            fees=[{"code": "F", "amount_minor": fee, "tax_minor": tax} for fee, tax in fees],
            tax_mode=mode,
        ),
        PlaceOrder,
    )
    line_tax = sum(each.tax_minor for each in kept)
    assert spread_charges(asked, groups, kept) is None
    shipped = sum(group.shipping_minor for group in groups)
    shipping_tax = sum(group.shipping_tax_minor for group in groups)
    fee = sum(amount for amount, _ in fees)
    taxes = line_tax + shipping_tax + sum(tax for _, tax in fees)
    total = worth - discount + shipped + fee + (taxes if mode == "net" else 0)
    assert sum(each.total_minor for each in kept) == total
    assert sum(each.tax_minor + each.shipping_tax_minor for each in kept) == taxes
    assert all(each.total_minor >= 0 for each in kept)
    for group in groups:
        within = [each for each in kept if each.group_no == group.group_no]
        assert sum(each.shipping_minor for each in within) == group.shipping_minor
    # What was given back for one unit after the other is what was paid for the line.
    for each in kept:
        per_unit = spread(each.total_minor, [1] * each.ordered)
        assert sum(per_unit) == each.total_minor
        assert max(per_unit) - min(per_unit) <= 1


@given(lines=_lines, rest=st.integers(-50, 50))
def test_a_tolerated_difference_is_spread_and_the_sum_is_exact(
    lines: list[dict[str, Any]], rest: int
) -> None:
    kept = _kept(lines)
    for each in kept:
        each.total_minor = each.amount_minor - each.discount_minor
    total = max(0, sum(each.total_minor for each in kept) + rest)
    assert not isinstance(settle_total(total, 50, kept), Fault)
    assert sum(each.total_minor for each in kept) == total
    assert all(each.total_minor >= 0 for each in kept)


@pytest.mark.parametrize(
    ("currency", "price", "quantity", "amount"),
    [
        ("GBP", "2.55", 6, 1530),
        ("JPY", "120", 3, 360),
        ("KWD", "1.255", 2, 2510),
        ("CLF", "0.0125", 4, 500),
        ("GBP", "0.0005", 1_000_000, 50_000),
        ("GBP", "0.005", 1, 1),
        ("GBP", "0.335", 3, 101),
        ("GBP", "0.335", 3, 102),  # Rounded per unit, then multiplied.
        ("GBP", "999999999999.999999", 1, 100_000_000_000_000),
        ("GBP", "0", 5, 0),
    ],
)
def test_unit_prices_may_be_finer_than_the_currency(
    currency: str, price: str, quantity: int, amount: int
) -> None:
    asked = PlaceLine("MUG", quantity, price, amount)
    assert unit_price(asked, currency, "") == Decimal(price)


@pytest.mark.parametrize(
    "price",
    ["", "-1", "+1", "1,5", "1e3", "0E+999999", "NaN", "Infinity", "1_000", " 1", "1.", ".5",
     "0.1234567", "1234567890123", "١", "1\n"],
)  # fmt: skip
def test_what_is_no_price_is_refused(price: str) -> None:
    fault = unit_price(PlaceLine("MUG", 1, price, 0), "GBP", "/lines/0")
    assert isinstance(fault, Fault)
    assert (fault.code, fault.pointer) == ("unit_price_invalid", "/lines/0/unit_price")


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(0, 10**9))
def test_every_currency_counts_in_its_own_exponent(currency: str, minor: int) -> None:
    whole = Decimal(minor).scaleb(-exponent_of(currency))
    assert round_half_up(whole, currency) == minor


def test_an_amount_that_its_price_does_not_explain_is_refused() -> None:
    wrong = line("MUG", 3, "10.00", amount_minor=2990)
    fault = unit_price(msgspec.convert(wrong, PlaceLine), "GBP", "/lines/0")
    assert isinstance(fault, Fault)
    assert fault.code == "line_amount_mismatch"
    assert "3000" in fault.detail
