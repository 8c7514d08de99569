"""The statements of tracking."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from argosy.fulfillment.model.tracking import TrackingReport
from argosy.fulfillment.store.work import columns_of
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.fulfillment")

EventKey = tuple[str, str, str]
"""(tracking number, carrier, the carrier's event id)."""


class Claimed(msgspec.Struct, frozen=True):
    """An event that was not applied yet, and one package it is about."""

    tracking_number: str
    carrier: str
    carrier_event_id: str
    status: str
    occurred_at: datetime
    message: str | None
    order_id: UUID
    package_id: UUID
    fulfillment_order_id: UUID


async def record_tracking_events(
    tx: Tx, reports: Sequence[TrackingReport], now: datetime
) -> set[EventKey]:
    """Keep what carriers say; return which events were new."""
    columns = columns_of(reports, TrackingReport)
    rows = await tx.fetch(sql("record_tracking_events"), *columns, now)
    return {(row[0], row[1], row[2]) for row in rows}


async def claim_tracking_events(tx: Tx, numbers: Sequence[str]) -> list[Claimed]:
    """Lock events under some tracking numbers that were not applied yet and can be now."""
    rows = await tx.fetch(sql("claim_tracking_events"), list(numbers))
    return [Claimed(**row) for row in rows]


async def claim_waiting_tracking_events(
    tx: Tx, received_after: datetime, limit: int
) -> list[Claimed]:
    """Lock events that came before their parcel was known and can be applied now."""
    rows = await tx.fetch(sql("claim_waiting_tracking_events"), received_after, limit)
    return [Claimed(**row) for row in rows]


async def note_scans(tx: Tx, rows: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Note when the carrier first saw (order, package)."""
    if rows:
        await tx.execute(sql("note_scans"), *(list(c) for c in zip(*rows, strict=True)))


async def settle_tracking_events(tx: Tx, keys: Sequence[EventKey], now: datetime) -> None:
    """Note that events were applied."""
    if keys:
        columns = (list(column) for column in zip(*keys, strict=True))
        await tx.execute(sql("settle_tracking_events"), *columns, now)
