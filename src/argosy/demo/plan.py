"""The orders of the demo: the invoices of the sample, moved to end now, with payments. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from argosy.demo.goods import Goods, channel_of
from argosy.demo.network import STORES
from argosy.demo.people import Draw, recipient_of, share
from argosy.imports.online_retail import Invoice, Reported, is_fee, order_of
from argosy.orders import HoldKind, PlaceGroup, PlaceHold, PlaceOrder, PlacePayment

VAT_PERCENT = 20
EXPRESS_PERCENT = 12
FRAUD_PERCENT = 1.5
ODD_ADDRESS_PERCENT = 1.2
GIFT_CARD_PERCENT = 4
CARDS = (
    ("tok_declined", 12),
    ("tok_insufficient_funds", 18),
    ("tok_slow", 30),
    ("tok_unknown_done", 38),
    ("tok_unknown_lost", 46),
    ("tok_expires_soon", 54),
    ("tok_capture_unknown_done", 60),
)
"""Tokens of the sandbox gateway, each up to so many cards of a thousand."""

_UK_STORES = [each.code for each in STORES if each.country == "GB"]


class Plan(Struct, frozen=True):
    """The orders in the order of their time, the invoices that are none, and lines of fees."""

    orders: list[PlaceOrder]
    reported: list[Reported]
    fee_lines: int


def shift_of(invoices: Sequence[Invoice], ends_at: datetime) -> timedelta:
    """Return by how much times move so that the last order is placed at `ends_at`."""
    return ends_at - max(invoice.placed_at for invoice in invoices)


def plan_orders(
    invoices: Sequence[Invoice], goods: Goods, ends_at: datetime, *, most: int | None = None
) -> Plan:
    """Return the orders and what is reported beside them.

    With `most`, that many orders are left, spread evenly over the time of the sample.
    """
    shift = shift_of(invoices, ends_at)
    orders: list[PlaceOrder] = []
    reported: list[Reported] = []
    for invoice in invoices:
        made = order_of(invoice, channel_of(invoice), recipient_of)
        if isinstance(made, Reported):
            reported.append(made)
        else:
            orders.append(dress(made, goods, invoice.placed_at + shift))
    orders.sort(key=lambda order: (order.placed_at, order.external_id))
    if most is not None and most < len(orders):
        # The last one stays in any case, so that the sample still ends when it should.
        orders = [orders[(number + 1) * len(orders) // most - 1] for number in range(most)]
    fee_lines = sum(is_fee(line.sku) for invoice in invoices for line in invoice.lines)
    return Plan(orders, reported, fee_lines)


def dress(order: PlaceOrder, goods: Goods, placed_at: datetime) -> PlaceOrder:
    """Return the order with all that the source does not know: taxes, delivery, payments, holds."""
    assert order.placed_at is not None, "the source has a time for every invoice"
    seed = order.external_id
    country = order.bill_to.country if order.bill_to is not None else "GB"
    lines = [
        msgspec.structs.replace(
            line,
            tax_minor=_included_tax(line.amount_minor) if country == "GB" else 0,
            delivery_group="digital" if line.sku in goods.digital else "goods",
        )
        for line in order.lines
    ]
    groups = _groups(order, {line.delivery_group or "" for line in lines})
    attributes = order.attributes | {"original_placed_at": order.placed_at.isoformat()}
    return msgspec.structs.replace(
        order,
        placed_at=placed_at,
        lines=lines,
        delivery_groups=groups,
        payments=_payments(order),
        holds=_holds(order, seed),
        tags=["wholesale"] if order.total_minor >= 80_000 else [],
        attributes=attributes,
    )


def _included_tax(amount_minor: int) -> int:
    return amount_minor * VAT_PERCENT // (100 + VAT_PERCENT)


def _groups(order: PlaceOrder, keys: set[str]) -> list[PlaceGroup]:
    """Return the delivery groups: goods by parcel or pickup, vouchers by e-mail."""
    given = order.delivery_groups[0]
    draw = Draw(f"delivery/{order.external_id}")
    groups = []
    if "goods" in keys:
        goods = msgspec.structs.replace(given, key="goods", method="standard")
        if order.channel == "store":
            goods.method, goods.pickup_location = "pickup", draw.one_of(_UK_STORES)
        elif draw.below(100) < EXPRESS_PERCENT:
            goods.method = "express"
        if goods.method != "pickup" and share(f"address/{order.external_id}", ODD_ADDRESS_PERCENT):
            assert goods.ship_to is not None
            goods.ship_to = msgspec.structs.replace(goods.ship_to, postal_code="0")
        groups.append(goods)
    if "digital" in keys:
        shipping_minor = 0 if groups else given.shipping_minor
        groups.append(
            msgspec.structs.replace(
                given, key="digital", method="digital", shipping_minor=shipping_minor
            )
        )
    return groups


def _payments(order: PlaceOrder) -> list[PlacePayment]:
    """Return cash at tills, accounts of wholesale buyers, and cards; some gift cards as well."""
    total = order.total_minor
    if total == 0:
        return []
    reference = f"{order.channel}-{order.external_id}"
    if order.channel == "store":
        return [PlacePayment("manual", total, "cash", authorization_ref=reference)]
    if order.channel == "call-centre" and share(f"account/{order.external_id}", 60):
        return [PlacePayment("manual", total, "account", authorization_ref=reference)]
    card = PlacePayment("sandbox", total, "card", token=_token(order.external_id))
    if order.channel == "web" and share(f"gift/{order.external_id}", GIFT_CARD_PERCENT):
        given = min(1000, total // 2)
        if given:
            card.amount_minor = total - given
            return [PlacePayment("sandbox", given, "gift_card", token="tok_ok"), card]  # noqa: S106
    return [card]


def _token(seed: str) -> str:
    """Return how the card behaves at the sandbox gateway: most are good, some are not."""
    draw = Draw(f"card/{seed}").below(1000)
    for token, limit in CARDS:
        if draw < limit:
            return token
    return "tok_ok"


def _holds(order: PlaceOrder, seed: str) -> list[PlaceHold]:
    if order.channel != "store" and share(f"fraud/{seed}", FRAUD_PERCENT):
        return [PlaceHold(HoldKind.FRAUD, "The shop's risk check asks for a second look.")]
    return []
