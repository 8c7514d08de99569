"""The money of an order that is handed in: prices checked, charges spread to the lines. Pure."""

import re
from collections.abc import Sequence
from decimal import Decimal

from argosy.kernel.money import round_half_up, spread
from argosy.orders.decide.faults import Fault
from argosy.orders.model import Group, Line, PlaceLine, PlaceOrder, Refusal

# Twelve digits and six decimals are what the column holds.
_PRICE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)


def unit_price(line: PlaceLine, currency: str, at: str) -> Decimal | Fault:
    """Return the unit price, once it agrees with the amount; rounding per unit is allowed for."""
    if _PRICE.fullmatch(line.unit_price) is None:
        detail = (
            f"{line.unit_price!r} is not a price: at most 12 digits, and at most 6 decimals "
            "after a point."
        )
        return Fault(Refusal.UNIT_PRICE_INVALID, f"{at}/unit_price", detail)
    price = Decimal(line.unit_price)
    exact = round_half_up(price * line.quantity, currency)
    if abs(exact - line.amount_minor) > max(1, (line.quantity + 1) // 2):
        detail = f"{line.quantity} × {line.unit_price} is {exact}, not {line.amount_minor}."
        return Fault(Refusal.LINE_AMOUNT_MISMATCH, f"{at}/amount_minor", detail)
    return price


def line_fault(line: PlaceLine, tax_mode: str, at: str) -> Fault | None:
    """Return what is wrong with the discount or tax of a line."""
    left = line.amount_minor - line.discount_minor
    if left < 0:
        detail = f"The discount is larger than the amount of {line.amount_minor}."
        return Fault(Refusal.DISCOUNT_TOO_LARGE, f"{at}/discount_minor", detail)
    if tax_mode == "gross" and line.tax_minor > left:
        detail = f"Gross amounts contain their tax, so it is at most {left} here."
        return Fault(Refusal.TAX_TOO_LARGE, f"{at}/tax_minor", detail)
    return None


def spread_charges(asked: PlaceOrder, groups: list[Group], lines: list[Line]) -> Fault | None:
    """Give each line its exact share of the order's discounts, fees and shipping."""
    weights = [line.amount_minor - line.discount_minor for line in lines]
    discount = sum(charge.amount_minor for charge in asked.discounts)
    if discount > sum(weights):
        detail = f"The discounts sum to {discount}, the goods are worth {sum(weights)}."
        return Fault(Refusal.DISCOUNT_TOO_LARGE, "/discounts", detail)
    if discount:
        for line, part in zip(lines, spread(discount, weights), strict=True):
            line.order_discount_minor = part
    fees = sum(charge.amount_minor for charge in asked.fees)
    if fees:
        for line, part in zip(lines, spread(fees, weights), strict=True):
            line.fee_minor = part
    fee_tax = sum(charge.tax_minor for charge in asked.fees)
    if fee_tax:
        for line, part in zip(lines, spread(fee_tax, weights), strict=True):
            line.tax_minor += part
    if any(group.shipping_minor or group.shipping_tax_minor for group in groups):
        _spread_shipping(groups, lines)
    on_top = asked.tax_mode == "net"
    for line in lines:
        line.total_minor = (
            line.amount_minor
            - line.discount_minor
            - line.order_discount_minor
            + line.shipping_minor
            + line.fee_minor
            + (line.tax_minor + line.shipping_tax_minor if on_top else 0)
        )
    return None


def _spread_shipping(groups: list[Group], lines: list[Line]) -> None:
    """Give each line its share of the shipping of its own group."""
    members: dict[int, list[Line]] = {}
    for line in lines:
        members.setdefault(line.group_no, []).append(line)
    for group in groups:
        within = members[group.group_no]
        shares = [line.amount_minor - line.discount_minor for line in within]
        for line, part in zip(within, spread(group.shipping_minor, shares), strict=True):
            line.shipping_minor = part
        for line, part in zip(within, spread(group.shipping_tax_minor, shares), strict=True):
            line.shipping_tax_minor = part


def tax_faults(lines: Sequence[Line]) -> list[Fault]:
    """Return the lines whose gross total is less than the tax that it should contain.

    The shares of the order's discounts, fees and shipping are in it by now, and their taxes too.
    """
    return [
        Fault(
            Refusal.TAX_TOO_LARGE,
            f"/lines/{line.line_no - 1}/tax_minor",
            f"Gross amounts contain their tax. With its shares of the order's discounts, fees and "
            f"shipping the line costs {line.total_minor}, its taxes are "
            f"{line.tax_minor + line.shipping_tax_minor}.",
        )
        for line in lines
        if line.tax_minor + line.shipping_tax_minor > line.total_minor
    ]


def settle_total(total_minor: int, tolerance_minor: int, lines: list[Line]) -> int | Fault:
    """Make the lines sum to `total_minor`; return what had to be added (or taken off, negative).

    The shop's own calculation is accepted within the tolerance of its channel: the difference is
    spread over the lines as a rounding fee or discount, so that the sum is exact all the same.
    """
    parts = sum(line.total_minor for line in lines)
    rest = total_minor - parts
    if rest == 0:
        return 0
    if abs(rest) > tolerance_minor:
        detail = f"The parts sum to {parts}, the total says {total_minor}."
        if tolerance_minor:
            detail += f" The channel accepts a difference of {tolerance_minor}."
        return Fault(Refusal.TOTAL_MISMATCH, "/total_minor", detail)
    # No line takes off more than it is worth, because the total is not negative.
    shares = spread(abs(rest), [line.total_minor for line in lines])
    for line, part in zip(lines, shares, strict=True):
        if rest > 0:
            line.fee_minor += part
            line.total_minor += part
        else:
            line.order_discount_minor += part
            line.total_minor -= part
    return rest
