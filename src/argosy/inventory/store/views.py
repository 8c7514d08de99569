"""The statements that only read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from argosy.inventory.model.availability import StockFacts
from argosy.inventory.model.promise import SkuStock
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.inventory")

Rows = list[dict[str, Any]]


async def load_availability(
    tx: Tx,
    sku_ids: Iterable[UUID],
    location_ids: Sequence[UUID] | None,
    channel_id: UUID | None,
) -> dict[UUID, StockFacts]:
    """Return what there is of each SKU at some locations, None for all, seen by a channel."""
    rows = await tx.fetch(sql("load_availability"), sorted(set(sku_ids)), location_ids, channel_id)
    return {row["sku_id"]: _facts(row, channel_id) for row in rows}


def _facts(row: Any, channel_id: UUID | None) -> StockFacts:
    places = row["location_ids"] or ()
    atp = dict(zip(places, row["free"] or (), strict=True))
    threshold = row["threshold"]
    stock = SkuStock(
        row["sku_id"],
        {place: units for place, units in atp.items() if units > 0},
        row["backlog_cap"] - row["backlog_units"],
        row["backlog_cap"],
        row["backlog_units"],
        list(zip(row["days"] or (), row["places"] or (), row["quantities"] or (), strict=True)),
        {} if channel_id is None or threshold is None else {channel_id: threshold},
    )
    return StockFacts(
        stock,
        dict(zip(places, row["on_hand"] or (), strict=True)),
        {place: max(0, units) for place, units in atp.items()},
    )


async def list_balances(
    tx: Tx,
    sku_ids: Sequence[UUID] | None,
    location_ids: Sequence[UUID] | None,
    after: tuple[UUID | None, UUID | None],
    limit: int,
) -> Rows:
    """Return balances after a (SKU, location), in order of it."""
    rows = await tx.fetch(sql("list_balances"), sku_ids, location_ids, *after, limit)
    return [dict(row) for row in rows]


async def list_movements(
    tx: Tx,
    sku_id: UUID,
    location_ids: Sequence[UUID] | None,
    before: tuple[datetime | None, UUID | None],
    limit: int,
) -> Rows:
    """Return movements of a SKU before a (time, movement), newest first."""
    rows = await tx.fetch(sql("list_movements"), sku_id, location_ids, *before, limit)
    return [dict(row) for row in rows]


async def list_incoming(
    tx: Tx,
    sku_ids: Sequence[UUID] | None,
    location_ids: Sequence[UUID] | None,
    *,
    closed_too: bool,
    after: UUID | None,
    limit: int,
) -> Rows:
    """Return what is on its way, after an id, in order of it."""
    rows = await tx.fetch(sql("list_incoming"), sku_ids, location_ids, closed_too, after, limit)
    return [dict(row) for row in rows]


async def list_transfers(
    tx: Tx,
    *,
    transfer_ids: Sequence[UUID] | None = None,
    state: str | None = None,
    location_ids: Sequence[UUID] | None = None,
    before: UUID | None = None,
    limit: int,
) -> Rows:
    """Return transfers with their lines, newest first."""
    rows = await tx.fetch(sql("list_transfers"), transfer_ids, state, location_ids, before, limit)
    return [dict(row) for row in rows]


async def list_feeds(
    tx: Tx, location_id: UUID, after: tuple[str | None, int | None], limit: int
) -> Rows:
    """Return parts of feeds of a location after a (reference, part), in order of it."""
    rows = await tx.fetch(sql("list_feeds"), location_id, *after, limit)
    return [dict(row) for row in rows]


async def list_channel_thresholds(tx: Tx, channel_id: UUID, after: UUID | None, limit: int) -> Rows:
    """Return what a channel leaves unsold, after a SKU, in order of it."""
    rows = await tx.fetch(sql("list_channel_thresholds"), channel_id, after, limit)
    return [dict(row) for row in rows]


async def get_cart(tx: Tx, cart_id: UUID) -> Rows:
    """Return what a cart holds, line by line; nothing when it holds nothing."""
    return [dict(row) for row in await tx.fetch(sql("get_cart"), cart_id)]
