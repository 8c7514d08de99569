"""The statements that allocate stock to fulfillment orders and let it leave."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.inventory.store import columns_of
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.inventory")


class Allocate(msgspec.Struct, frozen=True):
    """Units of one order line for one fulfillment order line.

    They come from the line's reservation at `from_location`, or from free stock when it is None.
    """

    sku_id: UUID
    order_id: UUID
    order_line_no: int
    from_location: UUID | None
    to_location: UUID
    fulfillment_order_id: UUID
    line_no: int
    quantity: int


class ReleaseAllocated(msgspec.Struct, frozen=True):
    """Allocated units to be given back, to the order's reservation or to what is free."""

    sku_id: UUID
    fulfillment_order_id: UUID
    line_no: int
    quantity: int
    order_id: UUID
    order_line_no: int
    to_reservation: bool


class ShipAllocated(msgspec.Struct, frozen=True):
    """Allocated units that leave."""

    sku_id: UUID
    fulfillment_order_id: UUID
    line_no: int
    quantity: int


class UnshipAllocated(msgspec.Struct, frozen=True):
    """Units that had left `location_id` and are back there."""

    sku_id: UUID
    fulfillment_order_id: UUID
    line_no: int
    location_id: UUID
    quantity: int


class NotAllocated(Exception):  # noqa: N818  (it names what is wrong, as all refusals do)
    """Units were to leave or come back that are not allocated: the books do not agree."""


async def convert_to_allocations(
    tx: Tx, rows: Sequence[Allocate], *, by: str, now: datetime
) -> set[UUID]:
    """Allocate `rows`; return the orders that could not have all of theirs and so got nothing.

    What comes from free stock or is moved from another location must be free where it goes; stock
    that rows of the same call leave behind elsewhere does not count yet.
    """
    if not rows:
        return set()
    failed = await tx.fetch(sql("convert_to_allocations"), *columns_of(rows, Allocate), now, by)
    return {row["order_id"] for row in failed}


async def release_allocations(
    tx: Tx, rows: Sequence[ReleaseAllocated], *, by: str, now: datetime
) -> None:
    """Give allocated units back; availability is never asked. Raises NotAllocated."""
    await _all_done(tx, "release_allocations", rows, ReleaseAllocated, by=by, now=now)


async def ship_allocations(
    tx: Tx, rows: Sequence[ShipAllocated], *, by: str, now: datetime
) -> None:
    """Let allocated units leave their location. Raises NotAllocated."""
    await _all_done(tx, "ship_allocations", rows, ShipAllocated, by=by, now=now)


async def unship_allocations(
    tx: Tx, rows: Sequence[UnshipAllocated], *, by: str, now: datetime
) -> None:
    """Undo `ship_allocations`."""
    if rows:
        await tx.execute(sql("unship_allocations"), *columns_of(rows, UnshipAllocated), now, by)


async def adjust_missing(
    tx: Tx, rows: Sequence[tuple[UUID, UUID, int, UUID]], *, reason: str, by: str, now: datetime
) -> None:
    """Take (SKU, location, quantity, cause) out of the books: they were looked for, in vain.

    They must be free, so their allocation is released first.
    """
    if rows:
        columns = (list(column) for column in zip(*rows, strict=True))
        await tx.execute(sql("adjust_missing"), *columns, reason, now, by)


async def _all_done(
    tx: Tx,
    statement: str,
    rows: Sequence[Any],
    kind: type[msgspec.Struct],
    *,
    by: str,
    now: datetime,
) -> None:
    if not rows:
        return
    done = await tx.fetchval(sql(statement), *columns_of(rows, kind), now, by)
    asked = sum(row.quantity for row in rows)
    if done != asked:
        raise NotAllocated(f"{statement}: {asked} units asked, {done} found")
