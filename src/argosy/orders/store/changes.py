"""The statements that load what may be canceled and write change orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements
from argosy.orders.model import Cancel, CancelFacts, CancelLine

sql = Statements("argosy.orders")


class CancelRow(Struct, frozen=True):
    """A decided cancellation to be written over the order at `version`."""

    cancel: Cancel
    version: int
    change_order_id: UUID
    backordered: int


class Bumped(Struct, frozen=True):
    """What an order became."""

    version: int
    lifecycle: str


async def load_cancel_facts(
    tx: Tx, order_ids: Sequence[UUID], *, lock: bool
) -> dict[UUID, CancelFacts]:
    """Return the orders `order_ids`, unknown ones left out; with `lock` nobody changes them."""
    statement = "lock_for_cancel" if lock else "find_for_cancel"
    heads = await tx.fetch(sql(statement), list(set(order_ids)))
    if not heads:
        return {}
    lines: dict[UUID, list[CancelLine]] = {}
    for row in await tx.fetch(sql("load_cancel_lines"), [head["order_id"] for head in heads]):
        lines.setdefault(row["order_id"], []).append(_line(row))
    return {
        head["order_id"]: CancelFacts(**head, lines=tuple(lines.get(head["order_id"], ())))
        for head in heads
    }


def _line(row: Any) -> CancelLine:
    columns = dict(row)
    kind, sku_id, parts = columns.pop("kind"), columns.pop("sku_id"), columns.pop("parts")
    del columns["order_id"]
    if parts is not None:
        held = tuple((UUID(part), per_unit) for part, per_unit in parts)
    elif kind == "physical" and sku_id is not None:
        held = ((sku_id, 1),)
    else:
        held = ()  # Nothing of it was ever in stock.
    return CancelLine(**columns, parts=held)


async def cancel_units(
    tx: Tx, rows: Sequence[CancelRow], *, by: str, now: datetime
) -> dict[UUID, Bumped]:
    """Write decided cancellations; orders whose version moved on are missing from the answer."""
    if not rows:
        return {}
    lines = [
        (row.cancel.facts.order_id, line_no, quantity, row.cancel.values[line_no])
        for row in rows
        for line_no, quantity in sorted(row.cancel.units.items())
    ]
    groups = [
        (row.cancel.facts.order_id, group_no)
        for row in rows
        for group_no in row.cancel.groups_at_rest
    ]
    done = await tx.fetch(
        sql("cancel_units"),
        [row.cancel.facts.order_id for row in rows],
        [row.version for row in rows],
        [row.change_order_id for row in rows],
        [row.cancel.is_whole for row in rows],
        [row.backordered for row in rows],
        [row.cancel.asked.reason for row in rows],
        [row.cancel.asked.note for row in rows],
        by,
        now,
        *[[line[n] for line in lines] for n in range(4)],
        [group[0] for group in groups],
        [group[1] for group in groups],
    )
    return {row["order_id"]: Bumped(row["version"], row["lifecycle"]) for row in done}
