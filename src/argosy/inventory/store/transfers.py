"""The statements that move stock between locations."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from argosy.inventory.model.transfers import (
    Arrived,
    LineState,
    OpenTransfer,
    Sent,
    TransferState,
)
from argosy.inventory.store import columns_of
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.inventory")


async def create_transfers(
    tx: Tx,
    heads: Sequence[OpenTransfer],
    lines: Sequence[tuple[UUID, UUID, int]],
    *,
    by: str,
    now: datetime,
) -> dict[UUID, dict[UUID, int]]:
    """Open transfers with (transfer, SKU, quantity) reserved at their source.

    Returns those that were short, with what is free of each short SKU; they were not opened.
    """
    columns = [list(column) for column in zip(*lines, strict=True)]
    rows = await tx.fetch(
        sql("create_transfers"), *columns_of(heads, OpenTransfer), *columns, by, now
    )
    short: dict[UUID, dict[UUID, int]] = {}
    for transfer_id, sku_id, free in rows:
        short.setdefault(transfer_id, {})[sku_id] = free
    return short


async def lock_transfers(tx: Tx, transfer_ids: Iterable[UUID]) -> dict[UUID, TransferState]:
    """Lock transfers and return how they stand; unknown ones are left out."""
    rows = await tx.fetch(sql("lock_transfers"), sorted(set(transfer_ids)))
    found: dict[UUID, TransferState] = {}
    for transfer_id, group in groupby(rows, key=lambda row: row["transfer_id"]):
        lines = list(group)
        head = lines[0]
        found[transfer_id] = TransferState(
            transfer_id,
            head["from_location_id"],
            head["to_location_id"],
            head["state"],
            head["expected_on"],
            head["version"],
            tuple(
                LineState(
                    line["sku_id"],
                    line["quantity"],
                    line["shipped"],
                    line["received"],
                    line["lost"],
                )
                for line in lines
            ),
        )
    return found


async def ship_transfers(tx: Tx, rows: Sequence[Sent], *, by: str, now: datetime) -> None:
    """Let decided units leave; every line of a transfer is among `rows`."""
    if rows:
        await tx.execute(sql("ship_transfers"), *columns_of(rows, Sent), by, now)


async def receive_transfers(
    tx: Tx,
    rows: Sequence[Arrived],
    over: Sequence[tuple[UUID, bool]],
    *,
    by: str,
    now: datetime,
) -> None:
    """Let decided units arrive; `over` says of each transfer whether nothing is left under way."""
    if over:
        await tx.execute(
            sql("receive_transfers"),
            *columns_of(rows, Arrived),
            by,
            now,
            [transfer_id for transfer_id, _ in over],
            [is_over for _, is_over in over],
        )


async def cancel_transfers(tx: Tx, transfer_ids: Sequence[UUID], now: datetime) -> None:
    """Close transfers that never left."""
    if transfer_ids:
        await tx.execute(sql("cancel_transfers"), list(transfer_ids), now)
