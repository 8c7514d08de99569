"""The statements of routing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.fulfillment.store.work import columns_of
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.sql import Statements

sql = Statements("argosy.fulfillment")
_encode = msgspec.json.Encoder(decimal_format="string").encode

GroupKey = tuple[UUID, int]
"""(order_id, group_no)."""


class ClaimedGroup(msgspec.Struct, frozen=True):
    """A delivery group that is due, with what may stop it."""

    order_id: UUID
    group_no: int
    routing_attempts: int
    active_holds: int
    payment_status: str | None


class NewOrder(msgspec.Struct, frozen=True):
    """A fulfillment order to be written."""

    order_id: UUID
    fulfillment_order_id: UUID
    group_no: int
    location_id: UUID | None
    kind: str
    load_day: date | None
    due_at: datetime


class NewLine(msgspec.Struct, frozen=True):
    """A line of a fulfillment order to be written."""

    order_id: UUID
    fulfillment_order_id: UUID
    line_no: int
    order_line_no: int
    sku_id: UUID
    sku_code: str
    quantity: int
    per_unit: int


class NewDecision(msgspec.Struct, frozen=True):
    """A routing decision to be kept."""

    order_id: UUID
    group_no: int
    outcome: str
    reason: str
    chosen: list[Any]
    candidates: list[Any]
    facts: dict[str, Any]


class Limits(msgspec.Struct, frozen=True):
    """What limits routing: settings, exclusions by group, loads by location and day."""

    settings: Any
    exclusions: dict[GroupKey, set[UUID]]
    loads: dict[tuple[UUID, date], int]


async def claim_groups(tx: Tx, now: datetime, limit: int) -> list[ClaimedGroup]:
    """Lock up to `limit` due groups and their orders; those locked by others are skipped."""
    rows = await tx.fetch(sql("claim_groups"), now, limit)
    return [ClaimedGroup(**row) for row in rows]


async def find_groups(tx: Tx, order_ids: Sequence[UUID]) -> list[GroupKey]:
    """Return the delivery groups of some orders."""
    rows = await tx.fetch(sql("find_groups"), list(order_ids))
    return [(row["order_id"], row["group_no"]) for row in rows]


async def load_groups(tx: Tx, keys: Sequence[GroupKey]) -> list[Any]:
    """Return a row per line with units to route, in order; one with no line for a group without."""
    return list(
        await tx.fetch(sql("load_groups"), [key[0] for key in keys], [key[1] for key in keys])
    )


async def load_own_stock(tx: Tx, order_ids: Sequence[UUID]) -> list[Any]:
    """Return what is reserved for the orders by place, and what waits for stock (no place)."""
    return list(await tx.fetch(sql("load_own_stock"), list(order_ids)))


async def load_free_stock(tx: Tx, sku_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], int]:
    """Return (SKU, location) -> units free beyond safety stock; none where nothing is free."""
    rows = await tx.fetch(sql("load_free_stock"), list(sku_ids))
    return {
        (row["sku_id"], location_id): units
        for row in rows
        for location_id, units in zip(row["location_ids"], row["free"], strict=True)
    }


async def load_limits(tx: Tx, order_ids: Sequence[UUID], days: Sequence[date]) -> Limits:
    """Return settings, exclusions and loads."""
    row = await tx.fetchrow(sql("load_routing_limits"), list(order_ids), list(days))
    assert row is not None
    exclusions: dict[GroupKey, set[UUID]] = {}
    for order_id, group_no, location_id in row["exclusions"] or ():
        exclusions.setdefault((UUID(order_id), group_no), set()).add(UUID(location_id))
    loads = {
        (UUID(location_id), date.fromisoformat(day)): assigned
        for location_id, day, assigned in row["loads"] or ()
    }
    return Limits(row["settings"], exclusions, loads)


async def claim_loads(
    tx: Tx, rows: Sequence[tuple[UUID, date, int, int | None]], now: datetime
) -> set[tuple[UUID, date]]:
    """Count (location, day, orders, capacity); return which had room for all of theirs."""
    if not rows:
        return set()
    done = await tx.fetch(sql("claim_loads"), *(list(c) for c in zip(*rows, strict=True)), now)
    return {(row["location_id"], row["day"]) for row in done}


async def release_loads(tx: Tx, rows: Sequence[tuple[UUID, date, int]], now: datetime) -> None:
    """Give back the capacity of (location, day, orders)."""
    if rows:
        await tx.execute(sql("release_loads"), *(list(c) for c in zip(*rows, strict=True)), now)


async def place_fulfillment_orders(
    tx: Tx, orders: Sequence[NewOrder], lines: Sequence[NewLine], *, by: str, now: datetime
) -> None:
    """Write decided fulfillment orders and announce each as fulfillment.routed.v1."""
    if orders:
        await tx.execute(
            sql("place_fulfillment_orders"),
            *columns_of(orders, NewOrder),
            *columns_of(lines, NewLine),
            now,
            by,
        )


async def record_decisions(
    tx: Tx, decisions: Sequence[NewDecision], policy: tuple[str, int], now: datetime
) -> None:
    """Keep decisions with the name and version of the rules they were made by."""
    if decisions:
        order_ids, group_nos, outcomes, reasons, *documents = columns_of(decisions, NewDecision)
        ids = [new_id() for _ in decisions]
        # As text: the driver takes an array of lists for an array of more dimensions.
        texts = [[_encode(each).decode() for each in column] for column in documents]
        await tx.execute(
            sql("record_decisions"),
            order_ids,
            ids,
            group_nos,
            outcomes,
            reasons,
            *texts,
            *policy,
            now,
        )


async def forget_exclusions(tx: Tx, order_id: UUID) -> None:
    """Let every location be asked again for an order."""
    await tx.execute(sql("forget_exclusions"), order_id)
