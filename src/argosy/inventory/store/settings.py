"""The statements of what is expected, and of what is kept back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.inventory.store import columns_of
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.inventory")


class ExpectRow(msgspec.Struct, frozen=True):
    """Units on their way to a location."""

    sku_id: UUID
    incoming_id: UUID
    location_id: UUID
    quantity: int
    expected_on: date
    reference: str | None


async def expect_stock(tx: Tx, rows: Sequence[ExpectRow], now: datetime) -> None:
    """Write down what is expected."""
    if rows:
        await tx.execute(sql("expect_stock"), *columns_of(rows, ExpectRow), now)


async def change_incoming(
    tx: Tx,
    incoming_id: UUID,
    *,
    quantity: int | None,
    expected_on: date | None,
    close: bool,
    now: datetime,
) -> int | None:
    """Change what is expected; return its new version, None when it is unknown, closed or moved."""
    row: Any = await tx.fetchrow(
        sql("change_incoming"), incoming_id, quantity, expected_on, close, now
    )
    return None if row is None else int(row["version"])


async def set_safety_stock(
    tx: Tx, rows: Sequence[tuple[UUID | None, UUID | None, int]], now: datetime
) -> list[int]:
    """Set (SKU, location, quantity); return how many places each row set."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    answers = await tx.fetch(sql("set_safety_stock"), *columns, now)
    return [answer["places"] for answer in answers]


async def set_channel_thresholds(tx: Tx, rows: Sequence[tuple[UUID, UUID, int | None]]) -> None:
    """Set (SKU, channel, threshold); None lets the channel's own count again."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await tx.execute(sql("set_channel_thresholds"), *columns)
