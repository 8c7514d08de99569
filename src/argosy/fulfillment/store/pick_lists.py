"""The statements of pick lists."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.fulfillment")


async def find_to_pick(tx: Tx, location_id: UUID, limit: int) -> list[UUID]:
    """Return accepted fulfillment orders on no pick list, most urgent first."""
    rows = await tx.fetch(sql("find_to_pick"), location_id, limit)
    return [row["fulfillment_order_id"] for row in rows]


async def make_pick_list(
    tx: Tx,
    pick_list_id: UUID,
    location_id: UUID,
    rows: Sequence[tuple[UUID, UUID]],
    *,
    by: str,
    now: datetime,
) -> str:
    """Write a pick list of (order, fulfillment order); return its number."""
    number: str = await tx.fetchval(
        sql("make_pick_list"),
        pick_list_id,
        location_id,
        [row[0] for row in rows],
        [row[1] for row in rows],
        by,
        now,
    )
    return number
