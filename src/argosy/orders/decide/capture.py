"""Check an order that is handed in, and spread its money to its lines. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

import msgspec

from argosy.catalogue import Channel, Network, Sku
from argosy.kernel.money import UnknownCurrency, exponent_of, round_half_up, spread
from argosy.orders.decide.addresses import doubt, impossible
from argosy.orders.model import (
    Address,
    Group,
    Hold,
    HoldKind,
    Line,
    PlaceGroup,
    PlaceLine,
    PlaceOrder,
    Refusal,
)

EARLIEST_YEAR = 1990
LATEST_AHEAD = timedelta(days=1)


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with an order: which rule, where (JSON pointer), and why."""

    code: Refusal
    pointer: str
    detail: str


class Capture(msgspec.Struct):
    """An order that passed the checks: everything that stands before stock is touched."""

    asked: PlaceOrder
    channel: Channel
    placed_at: datetime
    groups: list[Group]
    lines: list[Line]
    holds: list[Hold]
    goods_minor: int
    discount_minor: int
    shipping_minor: int
    fee_minor: int
    tax_minor: int


def decide_capture(
    asked: PlaceOrder, network: Network, skus: Mapping[str, Sku], now: datetime
) -> Capture | list[Fault]:
    """Return `asked` with its money spread to the lines, or every fault that was found.

    The sum of `total_minor` over the lines equals the order's total, to the minor unit.
    """
    channel = network.channel_by_code(asked.channel)
    if channel is None:
        return [
            Fault(Refusal.CHANNEL_UNKNOWN, "/channel", f"There is no channel {asked.channel!r}.")
        ]
    faults = _order_faults(asked, channel, now)
    holds = [Hold(hold.kind, hold.reason) for hold in asked.holds]
    groups = _groups(asked, channel, network, faults, holds)
    if faults:
        return faults
    lines = _lines(asked, channel, groups, skus, faults, holds)
    if faults:
        return faults
    faults = _spread(asked, groups, lines) or _sums(asked, lines)
    if faults:
        return faults
    if channel.settings.remorse_minutes:
        until = now + timedelta(minutes=channel.settings.remorse_minutes)
        holds.append(
            Hold(HoldKind.REMORSE, "The buyer may still change their mind.", expires_at=until)
        )
    return Capture(
        asked=asked,
        channel=channel,
        placed_at=asked.placed_at or now,
        groups=groups,
        lines=lines,
        holds=holds,
        goods_minor=sum(line.amount_minor for line in lines),
        discount_minor=sum(line.discount_minor + line.order_discount_minor for line in lines),
        shipping_minor=sum(line.shipping_minor for line in lines),
        fee_minor=sum(line.fee_minor for line in lines),
        tax_minor=sum(line.tax_minor + line.shipping_tax_minor for line in lines),
    )


def _order_faults(asked: PlaceOrder, channel: Channel, now: datetime) -> list[Fault]:
    faults = []
    if not channel.is_open:
        faults.append(
            Fault(Refusal.CHANNEL_CLOSED, "/channel", f"Channel {channel.code} is closed.")
        )
    try:
        exponent_of(asked.currency)
    except UnknownCurrency:
        detail = f"{asked.currency} is not a current ISO 4217 currency."
        faults.append(Fault(Refusal.CURRENCY_UNKNOWN, "/currency", detail))
    if asked.placed_at is not None:
        if asked.placed_at.tzinfo is None or asked.placed_at > now + LATEST_AHEAD:
            detail = "The order was placed later than now, or its time names no zone."
            faults.append(Fault(Refusal.PLACED_IN_THE_FUTURE, "/placed_at", detail))
        elif asked.placed_at.year < EARLIEST_YEAR:
            detail = f"Orders from before {EARLIEST_YEAR} are not taken."
            faults.append(Fault(Refusal.PLACED_TOO_LONG_AGO, "/placed_at", detail))
    paid = sum(payment.amount_minor for payment in asked.payments)
    if paid > asked.total_minor:
        detail = f"The payments ask for {paid}, the total is {asked.total_minor}."
        faults.append(Fault(Refusal.PAYMENTS_EXCEED_TOTAL, "/payments", detail))
    return faults


def _groups(
    asked: PlaceOrder,
    channel: Channel,
    network: Network,
    faults: list[Fault],
    holds: list[Hold],
) -> list[Group]:
    given = asked.delivery_groups or [PlaceGroup(key="g1")]
    single = not asked.delivery_groups
    groups = []
    seen = set()
    for index, group in enumerate(given):
        at = "" if single else f"/delivery_groups/{index}"
        if group.key in seen:
            detail = f"Two delivery groups are called {group.key!r}."
            faults.append(Fault(Refusal.DELIVERY_GROUP_REPEATED, f"{at}/key", detail))
        seen.add(group.key)
        code = group.method or asked.delivery_method or channel.settings.default_method
        method = network.methods.get(code)
        if method is None or not method.active:
            where = "/delivery_method" if single else f"{at}/method"
            detail = f"There is no delivery method {code!r}."
            faults.append(Fault(Refusal.DELIVERY_METHOD_UNKNOWN, where, detail))
            continue
        pickup = None
        if group.pickup_location is not None:
            pickup = network.location_by_code(group.pickup_location)
            if pickup is None or not pickup.can_pickup:
                detail = f"Nothing can be picked up at {group.pickup_location!r}."
                faults.append(
                    Fault(Refusal.PICKUP_LOCATION_UNKNOWN, f"{at}/pickup_location", detail)
                )
                continue
        ship_to = group.ship_to or asked.ship_to or asked.bill_to
        why = impossible(ship_to, physical=method.kind == "ship")
        if why is not None:
            faults.append(Fault(Refusal.ADDRESS_IMPOSSIBLE, f"{at}/ship_to", why))
            continue
        if ship_to is None:
            ship_to = Address(country=pickup.country if pickup else "GB")
        odd = doubt(ship_to) if method.kind == "ship" else None
        if odd is not None and channel.settings.address_doubt == "hold":
            holds.append(Hold(HoldKind.ADDRESS, odd, group_no=index + 1))
        groups.append(
            Group(
                group_no=index + 1,
                key=group.key,
                method_code=code,
                ship_to=ship_to,
                shipping_minor=group.shipping_minor,
                gift_message=group.gift_message,
                instructions=group.instructions,
                requested_on=group.requested_on,
                pickup_location_id=pickup.location_id if pickup else None,
            )
        )
    return groups


def _lines(
    asked: PlaceOrder,
    channel: Channel,
    groups: list[Group],
    skus: Mapping[str, Sku],
    faults: list[Fault],
    holds: list[Hold],
) -> list[Line]:
    by_key = {group.key: group.group_no for group in groups}
    lines = []
    unknown = []
    for index, line in enumerate(asked.lines):
        at = f"/lines/{index}"
        if line.delivery_group is not None:
            group_no = by_key.get(line.delivery_group, 0)
        else:
            group_no = 1 if len(groups) == 1 else 0
        if group_no == 0:
            faults.append(_group_fault(line, at))
            continue
        sku = skus.get(line.sku)
        if sku is None:
            unknown.append(line.sku)
            if channel.settings.unknown_sku == "refuse":
                detail = f"There is no SKU {line.sku!r}."
                faults.append(Fault(Refusal.SKU_UNKNOWN, f"{at}/sku", detail))
                continue
        price = _unit_price(line, asked.currency, at, faults)
        if price is None:
            continue
        if line.discount_minor > line.amount_minor:
            detail = "The discount is larger than the amount."
            faults.append(Fault(Refusal.DISCOUNT_TOO_LARGE, f"{at}/discount_minor", detail))
            continue
        lines.append(_line(index + 1, group_no, line, sku, price))
    if unknown and not faults:
        reason = f"Unknown SKU: {', '.join(sorted(set(unknown))[:20])}"
        holds.append(Hold(HoldKind.UNKNOWN_SKU, reason, {"skus": sorted(set(unknown))[:100]}))
    if not faults:
        used = {line.group_no for line in lines}
        faults.extend(
            Fault(
                Refusal.DELIVERY_GROUP_EMPTY,
                f"/delivery_groups/{group.group_no - 1}",
                f"No line belongs to delivery group {group.key!r}.",
            )
            for group in groups
            if group.group_no not in used
        )
    return lines


def _group_fault(line: PlaceLine, at: str) -> Fault:
    if line.delivery_group is None:
        detail = "With several delivery groups, each line names its own."
        return Fault(Refusal.DELIVERY_GROUP_MISSING, f"{at}/delivery_group", detail)
    detail = f"There is no delivery group {line.delivery_group!r}."
    return Fault(Refusal.DELIVERY_GROUP_UNKNOWN, f"{at}/delivery_group", detail)


def _unit_price(line: PlaceLine, currency: str, at: str, faults: list[Fault]) -> Decimal | None:
    """Return the unit price, once it agrees with the amount; rounding per unit is allowed for."""
    try:
        price = Decimal(line.unit_price)
    except InvalidOperation:
        price = Decimal("NaN")
    # Six decimals and twelve digits before them are what the column holds.
    if (
        not price.is_finite()
        or price < 0
        or price >= Decimal(10) ** 12
        or int(price.as_tuple().exponent) < -6
    ):
        detail = f"{line.unit_price!r} is not a price with at most 6 decimals."
        faults.append(Fault(Refusal.UNIT_PRICE_INVALID, f"{at}/unit_price", detail))
        return None
    exact = round_half_up(price * line.quantity, currency)
    if abs(exact - line.amount_minor) > max(1, (line.quantity + 1) // 2):
        detail = f"{line.quantity} × {line.unit_price} is {exact}, not {line.amount_minor}."
        faults.append(Fault(Refusal.LINE_AMOUNT_MISMATCH, f"{at}/amount_minor", detail))
        return None
    return price


def _line(line_no: int, group_no: int, line: PlaceLine, sku: Sku | None, price: Decimal) -> Line:
    return Line(
        line_no=line_no,
        group_no=group_no,
        sku_id=sku.sku_id if sku else None,
        sku_code=line.sku,
        title=line.title or (sku.title if sku else line.sku),
        kind=sku.kind if sku else "physical",
        is_kit=sku.is_kit if sku else False,
        unit_price=price,
        ordered=line.quantity,
        amount_minor=line.amount_minor,
        discount_minor=line.discount_minor,
        order_discount_minor=0,
        shipping_minor=0,
        fee_minor=0,
        tax_minor=line.tax_minor,
        shipping_tax_minor=0,
        total_minor=0,
        components=sku.components if sku and sku.is_kit else (),
        external_id=line.external_id,
        gift_message=line.gift_message,
        attributes=line.attributes,
    )


def _spread(asked: PlaceOrder, groups: list[Group], lines: list[Line]) -> list[Fault]:
    """Give each line its exact share of the order's discounts, fees and shipping."""
    weights = [line.amount_minor - line.discount_minor for line in lines]
    discount = sum(charge.amount_minor for charge in asked.discounts)
    if discount > sum(weights):
        detail = f"The discounts sum to {discount}, the goods are worth {sum(weights)}."
        return [Fault(Refusal.DISCOUNT_TOO_LARGE, "/discounts", detail)]
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
    given = asked.delivery_groups
    for group in groups:
        tax = given[group.group_no - 1].shipping_tax_minor if given else 0
        if not group.shipping_minor and not tax:
            continue
        members = [line for line in lines if line.group_no == group.group_no]
        shares = [line.amount_minor - line.discount_minor for line in members]
        for line, part in zip(members, spread(group.shipping_minor, shares), strict=True):
            line.shipping_minor = part
        for line, part in zip(members, spread(tax, shares), strict=True):
            line.shipping_tax_minor = part
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
    return []


def _sums(asked: PlaceOrder, lines: list[Line]) -> list[Fault]:
    total = sum(line.total_minor for line in lines)
    if total == asked.total_minor:
        return []
    detail = f"The parts sum to {total}, the total says {asked.total_minor}."
    return [Fault(Refusal.TOTAL_MISMATCH, "/total_minor", detail)]
