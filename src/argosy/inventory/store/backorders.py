"""The statements that fill or cancel what waits for stock, and give reserved units back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from argosy.inventory.model.backorders import Fill, FilledOrder, Waiting
from argosy.inventory.model.surplus import Held, Need
from argosy.inventory.store import columns_of
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.inventory")


class Release(msgspec.Struct, frozen=True):
    """Reserved units of one owner's line to be freed, once for each cause."""

    sku_id: UUID
    owner_id: UUID
    line_no: int
    quantity: int
    cause_id: UUID


class CancelBackorder(msgspec.Struct, frozen=True):
    """Units that a line no longer waits for."""

    sku_id: UUID
    owner_id: UUID
    line_no: int
    quantity: int


async def find_fillable(tx: Tx, *, after: UUID | None, limit: int) -> list[UUID]:
    """Return SKUs that somebody waits for and that are free somewhere, in order of their ids."""
    rows = await tx.fetch(sql("find_fillable"), after, limit)
    return [row["sku_id"] for row in rows]


async def lock_waiting(tx: Tx, places: Iterable[tuple[UUID, UUID]]) -> list[UUID]:
    """Return the SKUs of (SKU, location) that somebody waits for.

    If there are any, all their stock and the places are locked before any of it is changed, so
    that who brings stock in and who fills from it never wait for each other in a circle.
    """
    rows = sorted(set(places))
    found = await tx.fetch(
        sql("lock_waiting"), [sku_id for sku_id, _ in rows], [place for _, place in rows]
    )
    return [row["sku_id"] for row in found]


async def lock_backorders(tx: Tx, sku_ids: Sequence[UUID]) -> list[Waiting]:
    """Lock the back-orders that free stock of `sku_ids` could reach, and all of the same orders."""
    return [Waiting(**row) for row in await tx.fetch(sql("lock_backorders"), list(sku_ids))]


async def fill_backorders(
    tx: Tx, fills: Sequence[Fill], orders: Sequence[FilledOrder], *, by: str, now: datetime
) -> int:
    """Reserve decided units for who waits, and tell each order; return how many units."""
    if not fills:
        return 0
    count: int = await tx.fetchval(
        sql("fill_backorders"),
        *columns_of(fills, Fill),
        by,
        now,
        *columns_of(orders, FilledOrder),
    )
    return count


async def release_reservations(
    tx: Tx, rows: Sequence[Release], *, cause_kind: str, by: str, now: datetime
) -> dict[tuple[UUID, UUID, int, UUID], int]:
    """Free reserved units; return how many by (SKU, owner, line, cause).

    No more than a line still holds, and once for each cause: the same call again frees nothing.
    Availability is never asked.
    """
    if not rows:
        return {}
    answers = await tx.fetch(
        sql("release_reservations"), *columns_of(rows, Release), cause_kind, by, now
    )
    return {
        (sku_id, owner_id, line_no, cause_id): freed
        for sku_id, owner_id, line_no, cause_id, freed in answers
    }


async def cancel_backorders(
    tx: Tx, rows: Sequence[CancelBackorder], now: datetime
) -> dict[tuple[UUID, UUID, int], int]:
    """Take units out of the queue, no more than wait; return how many by (SKU, owner, line)."""
    if not rows:
        return {}
    answers = await tx.fetch(sql("cancel_backorders"), *columns_of(rows, CancelBackorder), now)
    return {(sku_id, owner_id, line_no): freed for sku_id, owner_id, line_no, freed in answers}


async def load_held(tx: Tx, needs: Sequence[Need]) -> dict[tuple[UUID, UUID, int], Held]:
    """Return what lines hold and wait for, by (SKU, owner, line)."""
    if not needs:
        return {}
    rows = await tx.fetch(
        sql("load_held"),
        [each.sku_id for each in needs],
        [each.owner_id for each in needs],
        [each.line_no for each in needs],
    )
    return {(row["sku_id"], row["owner_id"], row["line_no"]): Held(**row) for row in rows}
