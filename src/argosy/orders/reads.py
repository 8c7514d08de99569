"""Queries over orders; one statement a page."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.kernel.database import Tx
from argosy.kernel.ids import earliest_id_at
from argosy.kernel.sql import Statements
from argosy.orders.model import Address, Buyer

sql = Statements(__package__)


class OrderRow(msgspec.Struct, frozen=True):
    """One order of a list."""

    order_id: UUID
    order_number: str
    channel: str
    external_id: str
    currency: str
    placed_at: datetime
    captured_at: datetime
    customer_id: UUID | None
    buyer_name: str | None
    buyer_email: str | None
    total_minor: int
    lifecycle: str
    payment_status: str
    fulfillment_status: str
    return_status: str
    active_holds: int
    units_ordered: int
    units_backordered: int
    promised_at: datetime | None
    tags: list[str]
    version: int


class OrderLine(msgspec.Struct, frozen=True):
    """A line with its counters; the amounts are shares that sum to `total_minor`."""

    line_no: int
    group_no: int
    sku_id: UUID | None
    sku_code: str
    title: str
    kind: str
    is_kit: bool
    unit_price: str
    amount_minor: int
    discount_minor: int
    order_discount_minor: int
    shipping_minor: int
    fee_minor: int
    tax_minor: int
    shipping_tax_minor: int
    total_minor: int
    canceled_minor: int
    ordered: int
    canceled: int
    allocated: int
    fulfilled: int
    delivered: int
    return_requested: int
    returned: int
    available_to_cancel: int
    available_to_fulfill: int
    available_to_return: int
    promised_at: datetime | None
    external_id: str | None
    gift_message: str | None
    attributes: dict[str, Any]


class OrderGroup(msgspec.Struct, frozen=True):
    """A delivery group: recipient, method, promise, and its place in the routing queue."""

    group_no: int
    key: str
    method_code: str
    ship_to: Address
    shipping_minor: int
    gift_message: str | None
    instructions: str | None
    requested_on: date | None
    promised_ship_by: datetime | None
    promised_at: datetime | None
    pickup_location_id: UUID | None
    routing_state: str
    route_after: datetime
    routing_attempts: int
    routing_message: str | None
    active_holds: int


class OrderCharge(msgspec.Struct, frozen=True):
    """A discount, fee or shipping charge as the buyer saw it."""

    charge_no: int
    line_no: int | None
    group_no: int | None
    kind: str
    code: str
    title: str
    amount_minor: int
    tax_minor: int


class OrderHold(msgspec.Struct, frozen=True):
    """A hold, active while `released_at` is null."""

    hold_id: UUID
    kind: str
    group_no: int | None
    reason: str
    facts: dict[str, Any]
    placed_by: str
    placed_at: datetime
    expires_at: datetime | None
    released_by: str | None
    released_at: datetime | None
    release_reason: str | None


class OrderNote(msgspec.Struct, frozen=True):
    """A note somebody wrote."""

    note_id: UUID
    text: str
    made_by: str
    made_at: datetime


class OrderPromise(msgspec.Struct, frozen=True):
    """What the buyer was told, when, and on what ground."""

    group_no: int
    promise_no: int
    ship_by: datetime | None
    deliver_by: datetime | None
    basis: dict[str, Any]
    reason: str
    made_at: datetime


class OrderMoneySums(msgspec.Struct, frozen=True):
    """Sums over the order's payments; `due_minor` is total − net paid."""

    authorized_minor: int
    pending_authorization_minor: int
    captured_minor: int
    pending_capture_minor: int
    voided_minor: int
    refunded_minor: int
    pending_refund_minor: int
    invoiced_minor: int
    due_minor: int


class OrderDetail(msgspec.Struct, frozen=True):
    """One order whole."""

    order_id: UUID
    order_number: str
    channel: str
    external_id: str
    currency: str
    tax_mode: str
    placed_at: datetime
    captured_at: datetime
    customer_id: UUID | None
    buyer: Buyer
    bill_to: Address | None
    goods_minor: int
    discount_minor: int
    shipping_minor: int
    fee_minor: int
    tax_minor: int
    total_minor: int
    canceled_minor: int
    lifecycle: str
    payment_status: str
    fulfillment_status: str
    return_status: str
    active_holds: int
    units_ordered: int
    units_canceled: int
    units_allocated: int
    units_fulfilled: int
    units_delivered: int
    units_backordered: int
    units_returned: int
    promised_at: datetime | None
    note: str | None
    tags: list[str]
    attributes: dict[str, Any]
    closed_at: datetime | None
    canceled_at: datetime | None
    captured_by: str
    version: int
    lines: list[OrderLine]
    delivery_groups: list[OrderGroup]
    charges: list[OrderCharge]
    holds: list[OrderHold]
    notes: list[OrderNote]
    promises: list[OrderPromise]
    money: OrderMoneySums


class TimelineEntry(msgspec.Struct, frozen=True):
    """Something that happened to the order."""

    event_id: UUID
    position: int | None
    name: str
    subject_version: int
    occurred_at: datetime
    recorded_at: datetime
    body: dict[str, Any]


class ChangedLine(msgspec.Struct, frozen=True):
    """Units of one line that a change order moved, and what they are worth in minor units."""

    line_no: int
    quantity: int
    value_minor: int


class ChangeOrder(msgspec.Struct, frozen=True):
    """One change after placement; it is never changed itself."""

    change_order_id: UUID
    kind: str
    reason: str
    note: str | None
    value_minor: int
    currency: str
    made_by: str
    made_at: datetime
    lines: list[ChangedLine]


class OrderFilters(msgspec.Struct, frozen=True):
    """What a list of orders is narrowed to; None does not narrow."""

    channel_ids: list[UUID] | None = None
    lifecycle: str | None = None
    payment_status: str | None = None
    fulfillment_status: str | None = None
    return_status: str | None = None
    held: bool | None = None
    customer_id: UUID | None = None
    email: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    sku: str | None = None
    order_number: str | None = None
    external_id: str | None = None
    tag: str | None = None


async def list_orders(
    tx: Tx, filters: OrderFilters, *, after: UUID | None, limit: int
) -> list[OrderRow]:
    """Return up to `limit` orders placed before `after`, newest first."""
    statement = sql("list_orders") if filters.sku is None else sql("list_orders_of_sku")
    rows = await tx.fetch(
        statement,
        after,
        filters.channel_ids,
        filters.lifecycle,
        filters.payment_status,
        filters.fulfillment_status,
        filters.return_status,
        filters.held,
        filters.customer_id,
        filters.email,
        earliest_id_at(filters.placed_from) if filters.placed_from else None,
        earliest_id_at(filters.placed_to) if filters.placed_to else None,
        filters.sku,
        filters.order_number,
        filters.external_id,
        filters.tag,
        limit,
    )
    return [OrderRow(**row) for row in rows]


async def get_order(
    tx: Tx, order_id: UUID, channel_ids: Collection[UUID] | None = None
) -> OrderDetail | None:
    """Return one order whole; None when there is none, or none in these channels."""
    only = None if channel_ids is None else list(channel_ids)
    row = await tx.fetchrow(sql("get_order"), order_id, only)
    return None if row is None else msgspec.convert(dict(row), OrderDetail, strict=False)


async def orders_in_reach(
    tx: Tx, order_ids: Collection[UUID], channel_ids: Collection[UUID] | None
) -> set[UUID]:
    """Return which of the orders exist and belong to one of the channels (None: to any)."""
    rows = await tx.fetch(sql("find_order_channels"), list(order_ids))
    return {
        row["order_id"] for row in rows if channel_ids is None or row["channel_id"] in channel_ids
    }


async def read_timeline(
    tx: Tx, order_id: UUID, *, after: tuple[datetime | None, UUID | None], limit: int
) -> list[TimelineEntry]:
    """Return what happened to the order after (recording time, event id), oldest first."""
    rows = await tx.fetch(sql("read_timeline"), order_id, after[0], limit, after[1])
    return [TimelineEntry(**row) for row in rows]


async def list_changes(
    tx: Tx, order_id: UUID, *, after: UUID | None, limit: int
) -> list[ChangeOrder]:
    """Return up to `limit` change orders of an order after one of them, oldest first."""
    rows = await tx.fetch(sql("list_changes"), order_id, after, limit)
    return [msgspec.convert(dict(row), ChangeOrder, strict=False) for row in rows]


async def count_orders(tx: Tx, *, cap: int = 10_000) -> dict[str, int]:
    """Return how many orders stand in each queue, counted no further than `cap`."""
    return {row["queue"]: row["orders"] for row in await tx.fetch(sql("count_orders"), cap)}
