"""Check an order that is handed in, and spread its money to its lines. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from argosy.catalogue import Channel, Network, Sku
from argosy.kernel.money import CURRENCIES
from argosy.orders.decide.addresses import doubt, impossible
from argosy.orders.decide.faults import Fault
from argosy.orders.decide.money import (
    line_fault,
    settle_total,
    spread_charges,
    tax_faults,
    unit_price,
)
from argosy.orders.model import (
    MOST_UNITS_AN_ORDER,
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
from argosy.payments import gateway_names
from argosy.promotions import Discount

EARLIEST_YEAR = 1990
UNKNOWN_COUNTRY = "ZZ"  # CLDR's code; no transit time names it but that from anywhere to anywhere.
LATEST_AHEAD = timedelta(days=1)


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
    rounding_minor: int = 0
    promotions: list[Discount] = []


def decide_capture(
    asked: PlaceOrder, network: Network, skus: Mapping[str, Sku], now: datetime
) -> Capture | list[Fault]:
    """Return `asked` with its money spread to the lines, or every fault that was found.

    The sum of `total_minor` over the lines equals the order's total, to the minor unit;
    `rounding_minor` is what the channel's tolerance let pass.
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
    fault = spread_charges(asked, groups, lines)
    if fault is not None:
        return [fault]
    rounding = settle_total(asked.total_minor, channel.settings.total_tolerance_minor, lines)
    if isinstance(rounding, Fault):
        return [rounding]
    faults = tax_faults(lines) if asked.tax_mode == "gross" else []
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
        rounding_minor=rounding,
    )


def _order_faults(asked: PlaceOrder, channel: Channel, now: datetime) -> list[Fault]:
    faults = []
    if not channel.is_open:
        faults.append(
            Fault(Refusal.CHANNEL_CLOSED, "/channel", f"Channel {channel.code} is closed.")
        )
    if asked.currency not in CURRENCIES:
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
    faults += [
        Fault(
            Refusal.DISCOUNT_WITH_TAX,
            f"/discounts/{index}/tax_minor",
            "A discount has no tax of its own: the tax of each line is that after discounts.",
        )
        for index, charge in enumerate(asked.discounts)
        if charge.tax_minor
    ]
    units = sum(line.quantity for line in asked.lines)
    if units > MOST_UNITS_AN_ORDER:
        detail = f"An order has up to {MOST_UNITS_AN_ORDER:,} units, this one {units:,}."
        faults.append(Fault(Refusal.TOO_MANY_UNITS, "/lines", detail))
    known = gateway_names()
    faults += [
        Fault(
            Refusal.GATEWAY_UNKNOWN,
            f"/payments/{index}/gateway",
            f"There is no gateway {payment.gateway!r}; there are {', '.join(sorted(known))}.",
        )
        for index, payment in enumerate(asked.payments)
        if payment.gateway not in known
    ]
    if len(asked.payments) > 1:
        faults += _repeated_references(asked)
    return faults


def _repeated_references(asked: PlaceOrder) -> list[Fault]:
    seen: set[tuple[str, str]] = set()
    faults = []
    for index, payment in enumerate(asked.payments):
        if payment.authorization_ref is None:
            continue
        reference = (payment.gateway, payment.authorization_ref)
        if reference in seen:
            detail = "Two payments of the order carry this reference; each has its own."
            at = f"/payments/{index}/authorization_ref"
            faults.append(Fault(Refusal.PAYMENT_REFERENCE_USED, at, detail))
        seen.add(reference)
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
        if ship_to is None:  # Nothing is carried there: a pickup, or something digital.
            ship_to = Address(country=pickup.country if pickup else UNKNOWN_COUNTRY)
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
                shipping_tax_minor=group.shipping_tax_minor,
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
        if sku is None or not sku.active:
            unknown.append(line.sku)
            if channel.settings.unknown_sku == "refuse":
                faults.append(_sku_fault(line.sku, sku, at))
                continue
        price = unit_price(line, asked.currency, at)
        if isinstance(price, Fault):
            faults.append(price)
            continue
        fault = line_fault(line, asked.tax_mode, at)
        if fault is not None:
            faults.append(fault)
            continue
        lines.append(_line(index + 1, group_no, line, sku, price))
    if unknown and not faults:
        codes = sorted(set(unknown))
        reason = f"Unknown or no longer sold: {', '.join(codes)}"
        holds.append(Hold(HoldKind.UNKNOWN_SKU, reason[:500], {"skus": codes[:100]}))
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


def _sku_fault(code: str, sku: Sku | None, at: str) -> Fault:
    if sku is None:
        return Fault(Refusal.SKU_UNKNOWN, f"{at}/sku", f"There is no SKU {code!r}.")
    return Fault(Refusal.SKU_INACTIVE, f"{at}/sku", f"{code!r} is no longer sold.")


def _group_fault(line: PlaceLine, at: str) -> Fault:
    if line.delivery_group is None:
        detail = "With several delivery groups, each line names its own."
        return Fault(Refusal.DELIVERY_GROUP_MISSING, f"{at}/delivery_group", detail)
    detail = f"There is no delivery group {line.delivery_group!r}."
    return Fault(Refusal.DELIVERY_GROUP_UNKNOWN, f"{at}/delivery_group", detail)


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
