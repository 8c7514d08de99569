"""The statements of cart reservations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from argosy.inventory.model.carts import CartRow
from argosy.inventory.store import columns_of
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.inventory")


async def reserve_carts(tx: Tx, rows: Sequence[CartRow], *, by: str, now: datetime) -> bool:
    """Reserve all of `rows`; False when a balance no longer had the units (then roll back)."""
    if not rows:
        return True
    answer = await tx.fetchrow(sql("reserve_carts"), *columns_of(rows, CartRow), by, now)
    assert answer is not None
    return bool(answer["wanted"] == answer["moved"])


async def release_carts(tx: Tx, cart_ids: Sequence[UUID], *, by: str, now: datetime) -> set[UUID]:
    """Free what unexpired carts hold; return the carts that held anything."""
    rows = await tx.fetch(sql("release_carts"), sorted(set(cart_ids)), now, by)
    return {row["owner_id"] for row in rows}


async def extend_carts(tx: Tx, until: Mapping[UUID, datetime], now: datetime) -> set[UUID]:
    """Let carts hold what they have until then; return those that still held anything."""
    rows = await tx.fetch(sql("extend_carts"), list(until), list(until.values()), now)
    return {row["owner_id"] for row in rows}


async def expire_reservations(tx: Tx, *, by: str, now: datetime, limit: int) -> int:
    """Free what carts held too long, up to `limit` rows; return how many rows."""
    count: int = await tx.fetchval(sql("expire_reservations"), now, limit, by)
    return count
