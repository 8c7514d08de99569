"""The statements that change what is on hand: adjustments, receipts, counts and feeds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.inventory.model.feeds import KnownFeed, SetQuantity, Settled
from argosy.inventory.model.stock import StockChange
from argosy.inventory.store import columns_of
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.inventory")


class Moved(msgspec.Struct, frozen=True):
    """What became of one asked change; `promised` and `delta` say why it was refused."""

    is_done: bool
    on_hand: int
    promised: int
    delta: int


class Receive(msgspec.Struct, frozen=True):
    """Units that arrived at a place."""

    sku_id: UUID
    location_id: UUID
    quantity: int
    incoming_id: UUID | None
    reason: str | None


class Received(msgspec.Struct, frozen=True):
    """What became of one receipt; `is_expected` is False for an unknown or closed expectation."""

    is_done: bool
    is_expected: bool
    on_hand: int | None


class FeedRow(msgspec.Struct, frozen=True):
    """A part of a feed to be kept; `refused` is JSON."""

    location_id: UUID
    reference: str
    part: int
    feed_id: UUID
    mode: str
    as_of: datetime
    parts: int
    digest: bytes
    positions: int
    changed: int
    stale: int
    refused: str
    made_by: str


async def change_stock(
    tx: Tx, rows: Sequence[StockChange], *, kind: str, cause_kind: str, by: str, now: datetime
) -> list[Moved]:
    """Apply differences, one outcome each; rows of one SKU and place are done together or not."""
    answers = await tx.fetch(
        sql("change_stock"), *columns_of(rows, StockChange), kind, cause_kind, by, now
    )
    return [Moved(**answer) for answer in answers]


async def receive_stock(
    tx: Tx, rows: Sequence[Receive], *, receipt_id: UUID, by: str, now: datetime
) -> list[Received]:
    """Take units in, one outcome each."""
    answers = await tx.fetch(sql("receive_stock"), *columns_of(rows, Receive), receipt_id, by, now)
    return [Received(**answer) for answer in answers]


async def lock_feed_heads(tx: Tx, location_ids: Iterable[UUID], now: datetime) -> None:
    """Wait for whoever feeds or counts the same locations."""
    await tx.execute(sql("lock_feed_heads"), sorted(set(location_ids)), now)


async def set_quantities(
    tx: Tx, rows: Sequence[SetQuantity], *, cause_kind: str, by: str, now: datetime
) -> dict[UUID, Settled]:
    """Set quantities as of a time, each place at most once; return what became of each cause.

    `cause_kind` is `count` or `feed`. A place that somebody made at this moment is missing from
    the answer: the caller compares `settled` with what it asked and tries again.
    """
    if not rows:
        return {}
    answers = await tx.fetch(
        sql("set_quantities"),
        [row.sku_id for row in rows],
        [row.location_id for row in rows],
        [row.quantity for row in rows],
        [row.as_of for row in rows],
        [row.cause_id for row in rows],
        [row.reason for row in rows],
        cause_kind,
        by,
        now,
    )
    return {
        cause_id: Settled(settled, changed, stale, [tuple(each) for each in told or ()])
        for cause_id, settled, changed, stale, told in answers
    }


async def find_feeds(
    tx: Tx, keys: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], dict[int, KnownFeed]]:
    """Return every known part of the feeds with these locations and references."""
    known: dict[tuple[UUID, str], dict[int, KnownFeed]] = {}
    columns = [key[0] for key in keys], [key[1] for key in keys]
    for row in await tx.fetch(sql("find_feeds"), *columns):
        feed = KnownFeed(**row)
        known.setdefault((feed.location_id, feed.reference), {})[feed.part] = feed
    return known


async def find_unnamed(
    tx: Tx, snapshots: Mapping[UUID, tuple[UUID, datetime]]
) -> list[tuple[UUID, UUID, datetime, UUID]]:
    """Return (SKU, location, time, feed) of stock that complete snapshots did not name.

    `snapshots` are (location, time) by feed.
    """
    rows: Any = await tx.fetch(
        sql("find_unnamed"),
        [location_id for location_id, _ in snapshots.values()],
        [as_of for _, as_of in snapshots.values()],
        list(snapshots),
    )
    return [tuple(row) for row in rows]


async def record_feeds(tx: Tx, rows: Sequence[FeedRow], now: datetime) -> None:
    """Keep what became of each part of a feed."""
    await tx.execute(sql("record_feeds"), *columns_of(rows, FeedRow), now)


async def drop_old_feeds(tx: Tx, before: datetime, limit: int) -> int:
    """Forget up to `limit` parts that were taken in before a time; return how many."""
    status: str = await tx.execute(sql("drop_old_feeds"), before, limit)
    return int(status.rsplit(" ", 1)[1])
