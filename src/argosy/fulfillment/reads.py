"""Questions about fulfillment: lists, one whole, pick lists and routing decisions."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.fulfillment.decide.settings import RoutingSettings, read_settings
from argosy.fulfillment.decide.words import say_candidate, say_outcome
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements(__package__)


class FulfillmentOrderRow(msgspec.Struct, frozen=True):
    """A fulfillment order in a list; `units` counts SKUs that have left or are to leave."""

    order_id: UUID
    fulfillment_order_id: UUID
    number: str
    order_number: str
    group_no: int
    channel_id: UUID
    location_id: UUID | None
    method_code: str
    kind: str
    state: str
    due_at: datetime
    ship_by: datetime | None
    promised_at: datetime | None
    pick_list_id: UUID | None
    reason: str | None
    created_at: datetime
    version: int
    units: int


class LineView(msgspec.Struct, frozen=True):
    """A line with its counters; for kits, `per_unit` of the SKU make one unit of the order line."""

    line_no: int
    order_line_no: int
    sku_id: UUID
    sku_code: str
    quantity: int
    per_unit: int
    picked: int
    packed: int
    shipped: int
    delivered: int
    short: int
    canceled: int


class PackageLineView(msgspec.Struct, frozen=True):
    """What of a line is in a package."""

    line_no: int
    quantity: int


class PackageView(msgspec.Struct, frozen=True):
    """A package; it has left when it has a shipment."""

    package_id: UUID
    shipment_id: UUID | None
    carrier: str | None
    tracking_number: str | None
    weight_grams: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    packed_at: datetime
    scanned_at: datetime | None
    delivered_at: datetime | None
    lines: list[PackageLineView] | None


class ShipmentView(msgspec.Struct, frozen=True):
    """What left together, and what it is worth in minor units of `currency`."""

    shipment_id: UUID
    state: str
    carrier: str | None
    service: str | None
    tracking_number: str | None
    amount_minor: int
    currency: str
    shipped_at: datetime
    shipped_by: str
    delivered_at: datetime | None
    voided_at: datetime | None


class TrackingView(msgspec.Struct, frozen=True):
    """One thing a carrier said."""

    tracking_number: str
    carrier: str
    carrier_event_id: str
    status: str
    occurred_at: datetime
    place: str | None
    message: str | None
    received_at: datetime


class FulfillmentOrderDetail(msgspec.Struct, frozen=True):
    """One fulfillment order with everything that belongs to it."""

    order_id: UUID
    fulfillment_order_id: UUID
    number: str
    order_number: str
    group_no: int
    channel_id: UUID
    location_id: UUID | None
    method_code: str
    kind: str
    state: str
    ship_to: dict[str, Any]
    gift_message: str | None
    instructions: str | None
    load_day: date | None
    due_at: datetime
    ship_by: datetime | None
    promised_at: datetime | None
    pick_list_id: UUID | None
    pickup_attempts: int
    vendor_reference: str | None
    reason: str | None
    created_at: datetime
    accepted_at: datetime | None
    picked_at: datetime | None
    packed_at: datetime | None
    shipped_at: datetime | None
    ready_at: datetime | None
    fulfilled_at: datetime | None
    rejected_at: datetime | None
    canceled_at: datetime | None
    version: int
    lines: list[LineView]
    packages: list[PackageView]
    shipments: list[ShipmentView]
    tracking: list[TrackingView]


class PickListOrder(msgspec.Struct, frozen=True):
    """What one fulfillment order wants of a SKU."""

    fulfillment_order_id: UUID
    number: str
    line_no: int
    wanted: int
    picked: int


class PickListLine(msgspec.Struct, frozen=True):
    """One stop of the walk: a SKU, how many are still to pick in all, and for whom."""

    bin: str | None
    sku_id: UUID
    sku_code: str
    title: str
    barcodes: list[str]
    to_pick: int
    orders: list[PickListOrder]


class PickList(msgspec.Struct, frozen=True):
    """A pick list in the order of the walk: by bin, then by SKU."""

    pick_list_id: UUID
    number: str
    location_id: UUID
    made_by: str
    made_at: datetime
    lines: list[PickListLine]


class CandidateView(msgspec.Struct, frozen=True):
    """A location that was looked at; scores are less-is-better in the objective's unit."""

    code: str
    outcome: str
    reason: str
    says: str
    scores: dict[str, float]


class DecisionView(msgspec.Struct, frozen=True):
    """Why a delivery group went where it went, or went nowhere."""

    decision_id: UUID
    group_no: int
    outcome: str
    reason: str
    says: str
    chosen: list[Any]
    candidates: list[CandidateView]
    facts: dict[str, Any]
    policy_name: str
    policy_version: int
    decided_at: datetime


class ListFilters(msgspec.Struct, frozen=True):
    """What a list of fulfillment orders is narrowed by; None narrows nothing."""

    location_ids: Sequence[UUID] | None = None
    states: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    order_id: UUID | None = None
    due_before: datetime | None = None
    channel_ids: Sequence[UUID] | None = None


async def list_fulfillment_orders(
    tx: Tx, filters: ListFilters, after: UUID | None, limit: int
) -> list[FulfillmentOrderRow]:
    """Return up to `limit` fulfillment orders after `after`, oldest first."""
    rows = await tx.fetch(
        sql("list_fulfillment_orders"),
        filters.location_ids,
        filters.states,
        filters.kinds,
        filters.order_id,
        after,
        filters.due_before,
        filters.channel_ids,
        limit,
    )
    return [FulfillmentOrderRow(**row) for row in rows]


async def get_fulfillment_order(
    tx: Tx, fulfillment_order_id: UUID
) -> FulfillmentOrderDetail | None:
    """Return one fulfillment order, None when there is no such."""
    row = await tx.fetchrow(sql("get_fulfillment_order"), fulfillment_order_id)
    if row is None:
        return None
    columns = dict(row)
    for name in ("lines", "packages", "shipments", "tracking"):
        columns[name] = columns[name] or []
    return msgspec.convert(columns, FulfillmentOrderDetail)


async def get_pick_list(tx: Tx, pick_list_id: UUID) -> PickList | None:
    """Return a pick list, its lines summed per SKU; None when there is no such."""
    rows = await tx.fetch(sql("get_pick_list"), pick_list_id)
    if not rows:
        return None
    stops: dict[UUID, list[Any]] = {}
    for row in rows:
        if row["sku_id"] is not None:
            stops.setdefault(row["sku_id"], []).append(row)
    head = rows[0]
    return PickList(
        head["pick_list_id"],
        head["number"],
        head["location_id"],
        head["made_by"],
        head["made_at"],
        [_stop(stop) for stop in stops.values()],
    )


def _stop(rows: Sequence[Any]) -> PickListLine:
    orders = [
        PickListOrder(
            row["fulfillment_order_id"],
            row["fulfillment_order_number"],
            row["line_no"],
            row["wanted"],
            row["picked"],
        )
        for row in rows
    ]
    head = rows[0]
    return PickListLine(
        head["bin"],
        head["sku_id"],
        head["sku_code"],
        head["title"],
        head["barcodes"],
        sum(each.wanted - each.picked for each in orders),
        orders,
    )


class OrderDecisions(msgspec.Struct, frozen=True):
    """The routing decisions of one order, first first."""

    channel_id: UUID
    decisions: list[DecisionView]


async def read_decisions(tx: Tx, order_id: UUID) -> OrderDecisions | None:
    """Return how an order was routed; None when there is no such order."""
    rows = await tx.fetch(sql("read_decisions"), order_id)
    if not rows:
        return None
    decisions = [_decision(row) for row in rows if row["decision_id"] is not None]
    return OrderDecisions(rows[0]["channel_id"], decisions)


def _decision(row: Any) -> DecisionView:
    return DecisionView(
        row["decision_id"],
        row["group_no"],
        row["outcome"],
        row["reason"],
        say_outcome(row["reason"]),
        row["chosen"],
        [view_candidate(each) for each in row["candidates"]],
        row["facts"],
        row["policy_name"],
        row["policy_version"],
        row["decided_at"],
    )


def view_candidate(candidate: dict[str, Any]) -> CandidateView:
    """Return a candidate with the sentence that says why it was chosen, lost or not asked."""
    return CandidateView(
        candidate["code"],
        candidate["outcome"],
        candidate["reason"],
        say_candidate(candidate),
        candidate.get("scores", {}),
    )


async def get_routing_settings(tx: Tx) -> RoutingSettings:
    """Return the routing settings in force."""
    return read_settings(await tx.fetchval(sql("get_routing_settings")))
