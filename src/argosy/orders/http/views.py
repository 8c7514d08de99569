"""How orders are seen: lists, one whole, its timeline, and the counts of the queues."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from argosy.catalogue import door as catalogue
from argosy.identity import Access
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    Answer,
    Limit,
    Page,
    Problem,
    decode_cursor,
    encode_cursor,
    get,
    not_found,
    page_of,
)
from argosy.kernel.problems import FieldError
from argosy.orders import reads
from argosy.orders.reads import ChangeOrder, OrderDetail, OrderFilters, OrderRow, TimelineEntry

QUEUE_CAP = 10_000
_Text = Annotated[str, Meta(max_length=320)]
_Number = Annotated[str, Meta(max_length=200)]
_PaymentStatus = Literal[
    "unpaid",
    "pending",
    "authorized",
    "partially_captured",
    "captured",
    "partially_refunded",
    "refunded",
    "failed",
]
_FulfillmentStatus = Literal[
    "unfulfilled",
    "allocated",
    "in_progress",
    "partially_fulfilled",
    "fulfilled",
    "delivered",
    "backordered",
]


class QueueCounts(msgspec.Struct, frozen=True):
    """How many orders stand in each queue, counted no further than `cap`."""

    cap: int
    queues: dict[str, int]


def zoned(name: str, moment: datetime | None) -> datetime | None:
    """Return `moment` when it names its zone; raises a 400 problem."""
    if moment is not None and moment.tzinfo is None:
        detail = "A time names its zone: 2026-01-05T10:00:00Z."
        fault = FieldError(None, "zone_missing", detail, name)
        raise Problem(400, "parameter_invalid", "Parameter invalid", detail, [fault])
    return moment


@get("/v1/orders", permission="orders:read", summary="List orders")
async def list_orders(
    db: Database,
    access: Access,
    after: After = None,
    limit: Limit = 50,
    channel: _Text | None = None,
    lifecycle: Literal["placed", "closed", "canceled"] | None = None,
    payment_status: _PaymentStatus | None = None,
    fulfillment_status: _FulfillmentStatus | None = None,
    return_status: Literal["none", "requested", "partially_returned", "returned"] | None = None,
    held: bool | None = None,
    customer_id: UUID | None = None,
    email: _Text | None = None,
    placed_from: datetime | None = None,
    placed_to: datetime | None = None,
    sku: _Text | None = None,
    order_number: _Number | None = None,
    external_id: _Number | None = None,
    tag: _Text | None = None,
) -> Page[OrderRow]:
    """Return orders, newest placement first; filters narrow together."""
    before = None if after is None else decode_cursor(after, tuple[UUID])[0]
    async with db.reading() as tx:
        channels = None if access.channel_ids is None else sorted(access.channel_ids)
        if channel is not None:
            known = (await catalogue.network(tx)).channel_by_code(channel)
            if known is None or not access.sees_channel(known.channel_id):
                return Page([])
            channels = [known.channel_id]
        filters = OrderFilters(
            channel_ids=channels,
            lifecycle=lifecycle,
            payment_status=payment_status,
            fulfillment_status=fulfillment_status,
            return_status=return_status,
            held=held,
            customer_id=customer_id,
            email=email,
            placed_from=zoned("placed_from", placed_from),
            placed_to=zoned("placed_to", placed_to),
            sku=sku,
            order_number=order_number,
            external_id=external_id,
            tag=tag,
        )
        rows = await reads.list_orders(tx, filters, after=before, limit=limit + 1)
    if len(rows) <= limit:
        return Page(rows)
    return Page(rows[:limit], encode_cursor(rows[limit - 1].order_id))


@get("/v1/order-queues", permission="orders:read", summary="Count order queues")
async def count_order_queues(db: Database) -> QueueCounts:
    """Return how many orders stand in each of the usual queues."""
    async with db.reading() as tx:
        return QueueCounts(QUEUE_CAP, await reads.count_orders(tx, cap=QUEUE_CAP))


@get("/v1/orders/{order_id}", permission="orders:read", summary="Get an order")
async def get_order(db: Database, access: Access, order_id: UUID) -> Answer[OrderDetail]:
    """Return one order whole; its version is the ETag."""
    async with db.reading() as tx:
        order = await reads.get_order(tx, order_id, access.channel_ids)
    if order is None:
        not_found("order")
    return Answer(order, version=order.version)


@get(
    "/v1/orders/{order_id}/timeline",
    permission="orders:read",
    summary="Read an order's timeline",
)
async def read_order_timeline(
    db: Database, access: Access, order_id: UUID, after: After = None, limit: Limit = 200
) -> Page[TimelineEntry]:
    """Return everything that happened to the order, oldest first."""
    since = (None, None) if after is None else decode_cursor(after, tuple[datetime, UUID])
    async with db.reading() as tx:
        if not await reads.orders_in_reach(tx, [order_id], access.channel_ids):
            not_found("order")
        rows = await reads.read_timeline(tx, order_id, after=since, limit=limit + 1)
    if len(rows) <= limit:
        return Page(rows)
    last = rows[limit - 1]
    return Page(rows[:limit], encode_cursor(last.recorded_at, last.event_id))


@get("/v1/orders/{order_id}/changes", permission="orders:read", summary="List an order's changes")
async def list_order_changes(
    db: Database, access: Access, order_id: UUID, after: After = None, limit: Limit = 200
) -> Page[ChangeOrder]:
    """Return what was changed after placement, oldest first."""
    since = None if after is None else decode_cursor(after, tuple[UUID])[0]
    async with db.reading() as tx:
        if not await reads.orders_in_reach(tx, [order_id], access.channel_ids):
            not_found("order")
        rows = await reads.list_changes(tx, order_id, after=since, limit=limit + 1)
    return page_of(rows, limit, lambda row: row.change_order_id)


ROUTES = (list_orders, count_order_queues, get_order, read_order_timeline, list_order_changes)
