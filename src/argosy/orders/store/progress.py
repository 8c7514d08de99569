"""The statements that move an order's counters, holds, notes and place in the routing queue."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.sql import Statements
from argosy.orders.model import Hold

sql = Statements("argosy.orders")


class LineUnits(msgspec.Struct, frozen=True):
    """Units of one order line; `started` of them were being worked on at a location."""

    order_id: UUID
    line_no: int
    quantity: int
    started: int = 0


class GroupRouting(msgspec.Struct, frozen=True):
    """Where a delivery group stands: to_route, waiting, routed or done."""

    order_id: UUID
    group_no: int
    state: str
    route_after: datetime | None = None
    message: str | None = None
    attempts: int = 0


def _columns(rows: Sequence[LineUnits]) -> tuple[list[UUID], list[int], list[int]]:
    return (
        [row.order_id for row in rows],
        [row.line_no for row in rows],
        [row.quantity for row in rows],
    )


async def allocate_units(tx: Tx, rows: Sequence[LineUnits], *, by: str, now: datetime) -> None:
    """Count units as given to locations; the row refuses more than are left."""
    if rows:
        await tx.execute(sql("allocate_units"), *_columns(rows), now, by)


async def release_units(tx: Tx, rows: Sequence[LineUnits], *, by: str, now: datetime) -> None:
    """Take allocated units back from locations."""
    await _move_started(tx, "release_units", rows, by, now)


async def fulfill_units(tx: Tx, rows: Sequence[LineUnits], *, by: str, now: datetime) -> None:
    """Count allocated units as having left the building."""
    await _move_started(tx, "fulfill_units", rows, by, now)


async def unfulfill_units(tx: Tx, rows: Sequence[LineUnits], *, by: str, now: datetime) -> None:
    """Undo `fulfill_units`."""
    await _move_started(tx, "unfulfill_units", rows, by, now)


async def _move_started(
    tx: Tx, statement: str, rows: Sequence[LineUnits], by: str, now: datetime
) -> None:
    if rows:
        await tx.execute(sql(statement), *_columns(rows), now, by, [row.started for row in rows])


async def start_units(tx: Tx, rows: Sequence[tuple[UUID, int]]) -> None:
    """Count (order_id, units) as being worked on; negative units as no longer."""
    if rows:
        await tx.execute(sql("start_units"), [row[0] for row in rows], [row[1] for row in rows])


async def deliver_units(tx: Tx, rows: Sequence[LineUnits], *, by: str, now: datetime) -> None:
    """Count fulfilled units as delivered."""
    if rows:
        await tx.execute(sql("deliver_units"), *_columns(rows), now, by)


async def set_routing(tx: Tx, rows: Sequence[GroupRouting]) -> None:
    """Write where delivery groups stand in the routing queue."""
    if rows:
        await tx.execute(
            sql("set_routing"),
            [row.order_id for row in rows],
            [row.group_no for row in rows],
            [row.state for row in rows],
            [row.route_after for row in rows],
            [row.message for row in rows],
            [row.attempts for row in rows],
        )


async def make_due(tx: Tx, order_ids: Sequence[UUID], now: datetime) -> None:
    """Let the waiting groups of some orders be routed at once."""
    if order_ids:
        await tx.execute(sql("make_due"), list(order_ids), now)


async def fill_backordered(tx: Tx, rows: Sequence[tuple[UUID, int]], now: datetime) -> None:
    """Note that (order_id, units) which waited for stock have it now."""
    if rows:
        await tx.execute(
            sql("fill_backordered"), [row[0] for row in rows], [row[1] for row in rows], now
        )


async def close_orders(tx: Tx, now: datetime, limit: int) -> int:
    """Close up to `limit` orders with nothing left to do; return how many."""
    count: int = await tx.fetchval(sql("close_orders"), now, limit)
    return count


async def place_holds(
    tx: Tx, holds: Sequence[tuple[UUID, Hold]], *, by: str, now: datetime
) -> list[UUID | None]:
    """Place a hold on each open order; None for an order that is not open."""
    if not holds:
        return []
    ids = [new_id() for _ in holds]
    placed = await tx.fetch(
        sql("place_holds"),
        [order_id for order_id, _ in holds],
        ids,
        [hold.kind for _, hold in holds],
        [hold.reason for _, hold in holds],
        [hold.facts for _, hold in holds],
        [hold.expires_at for _, hold in holds],
        by,
        now,
        [hold.group_no for _, hold in holds],
    )
    done = {row["hold_id"] for row in placed}
    return [hold_id if hold_id in done else None for hold_id in ids]


async def release_holds(
    tx: Tx, rows: Sequence[tuple[UUID, UUID, str]], *, by: str, now: datetime
) -> set[UUID]:
    """Release (order_id, hold_id, reason); return the holds that were active until now."""
    if not rows:
        return set()
    released = await tx.fetch(
        sql("release_holds"),
        [row[0] for row in rows],
        [row[1] for row in rows],
        by,
        now,
        [row[2] for row in rows],
    )
    return {row["hold_id"] for row in released}


async def find_holds(tx: Tx, order_ids: Sequence[UUID]) -> list[Any]:
    """Return a row per hold of the orders, and one with nulls for an order without any."""
    return list(await tx.fetch(sql("find_holds"), list(order_ids)))


async def find_expired_holds(tx: Tx, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Return (order_id, hold_id) of holds whose time is up."""
    rows = await tx.fetch(sql("find_expired_holds"), now, limit)
    return [(row["order_id"], row["hold_id"]) for row in rows]


async def find_payment_holds(tx: Tx, order_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Return (order_id, hold_id) of active payment holds."""
    rows = await tx.fetch(sql("find_payment_holds"), list(order_ids))
    return [(row["order_id"], row["hold_id"]) for row in rows]


async def add_notes(
    tx: Tx, notes: Sequence[tuple[UUID, str]], *, by: str, now: datetime
) -> list[UUID | None]:
    """Write (order_id, text); return the ids, None where there is no such order."""
    ids = [new_id() for _ in notes]
    rows = await tx.fetch(
        sql("add_notes"), [n[0] for n in notes], ids, [n[1] for n in notes], by, now
    )
    done = {row["note_id"] for row in rows}
    return [note_id if note_id in done else None for note_id in ids]


async def link_guest_orders(
    tx: Tx, proven: Sequence[tuple[str, UUID]], now: datetime
) -> list[UUID]:
    """Give guests' orders to the customers of proven (address, customer); return which were."""
    rows = await tx.fetch(
        sql("link_guest_orders"), [each[0] for each in proven], [each[1] for each in proven], now
    )
    return [row["order_id"] for row in rows]


async def set_tags(
    tx: Tx, order_id: UUID, tags: Sequence[str], version: int | None, *, by: str, now: datetime
) -> int | None:
    """Replace the tags of an order at `version` (None: at any); return its new version, or None."""
    changed: int | None = await tx.fetchval(sql("set_tags"), order_id, list(tags), version, now, by)
    return changed
