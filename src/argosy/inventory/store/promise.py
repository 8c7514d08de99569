"""The statements behind the promise."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from argosy.inventory.model.promise import SkuStock
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.inventory")


class Reserve(msgspec.Struct, frozen=True):
    """One reservation row to be made."""

    sku_id: UUID
    owner_id: UUID
    line_no: int
    location_id: UUID
    quantity: int


class QueueBackorder(msgspec.Struct, frozen=True):
    """One back-order row to be made; `per_unit` units make one unit of the order line (kits).

    `location_id` is the only place that can serve it, a pickup's store; None for any that the
    channel sends from.
    """

    sku_id: UUID
    owner_id: UUID
    line_no: int
    quantity: int
    kind: str
    channel_id: UUID
    promised_at: datetime | None
    per_unit: int = 1
    location_id: UUID | None = None


async def lock_stock(tx: Tx, sku_ids: Sequence[UUID]) -> None:
    """Lock every balance, then every backlog of some SKUs."""
    await tx.execute(sql("lock_stock"), sku_ids)


async def load_stock(tx: Tx, sku_ids: Sequence[UUID], *, lock: bool) -> dict[UUID, SkuStock]:
    """Return what is free of each SKU; with `lock` nobody else can take it meanwhile."""
    if lock:
        await lock_stock(tx, sku_ids)
    stock = {}
    for row in await tx.fetch(sql("load_stock"), sku_ids):
        units, cap = row["backlog_units"] or 0, row["backlog_cap"] or 0
        stock[row["sku_id"]] = SkuStock(
            row["sku_id"],
            dict(zip(row["location_ids"] or (), row["free"] or (), strict=True)),
            cap - units,
            cap,
            units,
            [
                (date.fromisoformat(day), UUID(place), expected)
                for day, place, expected in row["incoming"] or ()
            ],
            {UUID(channel): threshold for channel, threshold in (row["thresholds"] or {}).items()},
        )
    return stock


async def reserve_units(
    tx: Tx,
    rows: Sequence[Reserve],
    *,
    owner_kind: str,
    expires_at: datetime | None,
    by: str,
    now: datetime,
) -> bool:
    """Reserve all of `rows`; False when any balance no longer had the units (then roll back)."""
    if not rows:
        return True
    answer = await tx.fetchrow(
        sql("reserve_units"),
        [row.sku_id for row in rows],
        [row.owner_id for row in rows],
        [row.line_no for row in rows],
        [row.location_id for row in rows],
        [row.quantity for row in rows],
        owner_kind,
        now,
        by,
        expires_at,
    )
    assert answer is not None
    return bool(answer["wanted"] == answer["moved"])


async def backorder_units(tx: Tx, rows: Sequence[QueueBackorder], now: datetime) -> bool:
    """Queue all of `rows`; False when a cap no longer allowed it (then roll back)."""
    if not rows:
        return True
    answer = await tx.fetchrow(
        sql("backorder_units"),
        [row.sku_id for row in rows],
        [row.owner_id for row in rows],
        [row.line_no for row in rows],
        [row.quantity for row in rows],
        [row.kind for row in rows],
        [row.channel_id for row in rows],
        [row.promised_at for row in rows],
        now,
        [row.per_unit for row in rows],
        [row.location_id for row in rows],
    )
    assert answer is not None
    return bool(answer["wanted"] == answer["moved"])
