"""The statements of capture."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.sql import Statements
from argosy.orders.events import OrderPlaced, PlacedGroup, PlacedLine
from argosy.orders.model import Group, Hold, Line, OrderSummary, PlaceOrder

sql = Statements("argosy.orders")
_encode = msgspec.json.Encoder().encode


class NewOrder(msgspec.Struct):
    """An order that is decided and about to become visible."""

    order_id: UUID
    order_number: str
    channel_id: UUID
    digest: bytes
    asked: PlaceOrder
    placed_at: datetime
    customer_id: UUID | None
    groups: list[Group]
    lines: list[Line]
    holds: list[Hold]
    goods_minor: int
    discount_minor: int
    shipping_minor: int
    fee_minor: int
    tax_minor: int
    rounding_minor: int
    backordered: dict[int, int]
    promised_at: datetime | None
    captured_by: str
    request_scope: str | None
    request_key: str | None
    capture_when: str = "shipment"


class Known(msgspec.Struct, frozen=True):
    """An order that carries a key already."""

    digest: bytes
    summary: OrderSummary


def channel_scope(channel_id: UUID) -> str:
    """Return the scope under which a channel's external ids are unique."""
    return f"channel:{channel_id}"


async def find_placed(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """Return the orders that carry one of `keys` (scope, key) already."""
    rows = await tx.fetch(sql("find_placed"), [k[0] for k in keys], [k[1] for k in keys])
    return {(row["scope"], row["key"]): Known(row["digest"], _summary(row)) for row in rows}


def _summary(row: Any) -> OrderSummary:
    return OrderSummary(
        order_id=row["order_id"],
        order_number=row["order_number"],
        lifecycle=row["lifecycle"],
        payment_status=row["payment_status"],
        fulfillment_status=row["fulfillment_status"],
        return_status=row["return_status"],
        holds=list(row["holds"]),
        version=row["version"],
        promised_at=row["promised_at"],
    )


async def take_order_numbers(tx: Tx, count: int) -> list[str]:
    """Return `count` order numbers that nobody else gets."""
    return [str(row[0]) for row in await tx.fetch(sql("take_order_numbers"), count)]


async def place_orders(tx: Tx, orders: Sequence[NewOrder], now: datetime) -> None:
    """Insert decided orders whole, with their events; UniqueViolationError for a taken key."""
    scopes, keys, key_ids = _keys(orders)
    groups = [(order, group) for order in orders for group in order.groups]
    lines = [(order.order_id, line) for order in orders for line in order.lines]
    await tx.execute(
        sql("place_orders"),
        scopes,
        keys,
        key_ids,
        now,
        *_order_columns(orders),
        *_group_columns(groups),
        *_line_columns(lines),
    )
    await _add_details(tx, orders, lines, now)


def _keys(orders: Sequence[NewOrder]) -> tuple[list[str], list[str], list[UUID]]:
    rows = []
    for order in orders:
        rows.append((channel_scope(order.channel_id), order.asked.external_id, order.order_id))
        rows.append(("number", order.order_number, order.order_id))
        if order.request_scope is not None and order.request_key is not None:
            rows.append((order.request_scope, order.request_key, order.order_id))
    return [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]


def _sparse(values: list[Any], usual: object = None) -> list[Any]:
    """Return `values`, or nothing when all are `usual`: unnest then gives nulls, at no cost."""
    return values if any(value != usual for value in values) else []


def _order_columns(orders: Sequence[NewOrder]) -> list[list[Any]]:
    return [
        [o.order_id for o in orders],
        [o.order_number for o in orders],
        [o.channel_id for o in orders],
        [o.asked.external_id for o in orders],
        [o.digest for o in orders],
        [o.asked.currency for o in orders],
        [o.asked.tax_mode for o in orders],
        [o.placed_at for o in orders],
        [o.customer_id for o in orders],
        [_text(o.asked.customer) if o.asked.customer is not None else "{}" for o in orders],
        [_text(o.asked.bill_to) if o.asked.bill_to is not None else None for o in orders],
        [o.goods_minor for o in orders],
        _sparse([o.discount_minor for o in orders], 0),
        _sparse([o.shipping_minor for o in orders], 0),
        _sparse([o.fee_minor for o in orders], 0),
        [o.tax_minor for o in orders],
        [o.asked.total_minor for o in orders],
        [sum(line.ordered for line in o.lines) for o in orders],
        _sparse([sum(o.backordered.values()) for o in orders], 0),
        _sparse([len(o.holds) for o in orders], 0),
        [o.promised_at for o in orders],
        _sparse([o.asked.note for o in orders]),
        _sparse([_text(o.asked.tags) if o.asked.tags else None for o in orders]),
        _sparse([_text(o.asked.attributes) if o.asked.attributes else None for o in orders]),
        [o.captured_by for o in orders],
        _sparse([sum(hold.group_no is not None for hold in o.holds) for o in orders], 0),
        [_placed(o) for o in orders],
    ]


def _group_columns(groups: Sequence[tuple[NewOrder, Group]]) -> list[list[Any]]:
    return [
        [o.order_id for o, _ in groups],
        [g.group_no for _, g in groups],
        [g.key for _, g in groups],
        [g.method_code for _, g in groups],
        [_text(g.ship_to) for _, g in groups],
        [g.ship_to.country for _, g in groups],
        _sparse([g.shipping_minor for _, g in groups], 0),
        _sparse([g.gift_message for _, g in groups]),
        _sparse([g.instructions for _, g in groups]),
        _sparse([g.requested_on for _, g in groups]),
        [g.promised_ship_by for _, g in groups],
        [g.promised_at for _, g in groups],
        _sparse([g.pickup_location_id for _, g in groups]),
        [_text(g.basis) if g.basis else "{}" for _, g in groups],
        _sparse([sum(hold.group_no == g.group_no for hold in o.holds) for o, g in groups], 0),
    ]


def _line_columns(lines: Sequence[tuple[UUID, Line]]) -> list[list[Any]]:
    return [
        [order_id for order_id, _ in lines],
        [line.line_no for _, line in lines],
        [line.group_no for _, line in lines],
        [line.sku_id for _, line in lines],
        [line.sku_code for _, line in lines],
        [line.title for _, line in lines],
        [line.kind for _, line in lines],
        _sparse([line.is_kit for _, line in lines], False),
        [str(line.unit_price) for _, line in lines],
        [line.amount_minor for _, line in lines],
        _sparse([line.discount_minor for _, line in lines], 0),
        _sparse([line.order_discount_minor for _, line in lines], 0),
        _sparse([line.shipping_minor for _, line in lines], 0),
        _sparse([line.fee_minor for _, line in lines], 0),
        [line.tax_minor for _, line in lines],
        _sparse([line.shipping_tax_minor for _, line in lines], 0),
        [line.total_minor for _, line in lines],
        [line.ordered for _, line in lines],
        [line.promised_at for _, line in lines],
        _sparse([line.external_id for _, line in lines]),
        _sparse([line.gift_message for _, line in lines]),
        _sparse([_text(line.attributes) if line.attributes else None for _, line in lines]),
    ]


async def _add_details(
    tx: Tx,
    orders: Sequence[NewOrder],
    lines: Sequence[tuple[UUID, Line]],
    now: datetime,
) -> None:
    parts = [
        (order_id, line.line_no, sku_id, count)
        for order_id, line in lines
        for sku_id, count in line.components
    ]
    charges = [row for order in orders for row in _charges(order)]
    holds = [(order, hold) for order in orders for hold in order.holds]
    if not parts and not charges and not holds:
        return
    await tx.execute(
        sql("add_order_details"),
        *[[part[i] for part in parts] for i in range(4)],
        *[[charge[i] for charge in charges] for i in range(8)],
        [order.order_id for order, _ in holds],
        [new_id() for _ in holds],
        [hold.kind for _, hold in holds],
        [hold.group_no for _, hold in holds],
        [hold.reason for _, hold in holds],
        [hold.facts for _, hold in holds],
        [order.captured_by for order, _ in holds],
        now,
        [hold.expires_at for _, hold in holds],
    )


def _charges(order: NewOrder) -> list[tuple[Any, ...]]:
    asked = order.asked
    rows: list[tuple[str, int | None, str, str, int, int]] = [
        ("discount", None, c.code, c.title or c.code, c.amount_minor, c.tax_minor)
        for c in asked.discounts
    ]
    rows += [
        ("fee", None, c.code, c.title or c.code, c.amount_minor, c.tax_minor) for c in asked.fees
    ]
    rows += [
        (
            "shipping",
            g.group_no,
            g.method_code,
            g.method_code,
            g.shipping_minor,
            g.shipping_tax_minor,
        )
        for g in order.groups
        if g.shipping_minor or g.shipping_tax_minor
    ]
    if order.rounding_minor:
        kind = "fee" if order.rounding_minor > 0 else "discount"
        rows.append((kind, None, "rounding", "Rounding", abs(order.rounding_minor), 0))
    return [
        (order.order_id, number, group_no, kind, code, title, amount, tax)
        for number, (kind, group_no, code, title, amount, tax) in enumerate(rows, start=1)
    ]


def _placed(order: NewOrder) -> str:
    """Return the body of the order's event, as JSON text."""
    asked = order.asked
    body = OrderPlaced(
        order_id=order.order_id,
        order_number=order.order_number,
        channel=asked.channel,
        external_id=asked.external_id,
        currency=asked.currency,
        tax_mode=asked.tax_mode,
        placed_at=order.placed_at,
        total_minor=asked.total_minor,
        lines=[
            PlacedLine(
                line.line_no,
                line.group_no,
                line.sku_code,
                line.title,
                line.ordered,
                str(line.unit_price),
                line.amount_minor,
                line.tax_minor,
                line.total_minor,
                line.sku_id,
                line.discount_minor + line.order_discount_minor,
                order.backordered.get(line.line_no, 0),
                line.shipping_tax_minor,
            )
            for line in order.lines
        ],
        delivery_groups=[
            PlacedGroup(
                g.group_no, g.key, g.method_code, g.ship_to, g.shipping_minor, g.promised_at
            )
            for g in order.groups
        ],
        by=order.captured_by,
        customer_id=order.customer_id,
        email=asked.customer.email if asked.customer else None,
        buyer_name=asked.customer.name if asked.customer else None,
        bill_to=asked.bill_to,
        holds=[hold.kind.value for hold in order.holds],
        tags=asked.tags,
        attributes=asked.attributes,
    )
    return _encode(body).decode()


def _text(value: object) -> str:
    return _encode(value).decode()
