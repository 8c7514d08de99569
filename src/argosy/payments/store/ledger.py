"""The statements that lock, load and move money."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements
from argosy.payments.model.money import Movement, OpenMovement, Payment, Settled, Sums

sql = Statements("argosy.payments")


class NewPayment(msgspec.Struct, frozen=True):
    """A payment to be added; `renews_no` names the one whose authorization expired."""

    order_id: UUID
    payment_no: int
    gateway: str
    method: str
    currency: str
    amount_minor: int
    token: str | None
    renews_no: int | None = None
    attempt: int = 1


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What `settle_movements` wrote of one movement, with the sums of its order after it.

    The sums are None when no movement of the order became final.
    """

    order_id: UUID
    movement_id: UUID
    kind: str
    state: str
    code: str | None
    message: str | None
    reference: str | None
    amount_minor: int
    asked_minor: int
    total_minor: int | None
    to_capture_minor: int | None
    captured_minor: int | None
    pending_capture_minor: int | None
    authorized_minor: int | None
    voided_minor: int | None
    pending_void_minor: int | None


async def lock_money(tx: Tx, order_ids: Iterable[UUID]) -> list[UUID]:
    """Lock the money of orders, in order; return those that exist."""
    rows = await tx.fetch(sql("lock_money"), sorted(set(order_ids)))
    return [row["order_id"] for row in rows]


async def load_money(tx: Tx, order_ids: Iterable[UUID]) -> dict[UUID, Sums]:
    """Return the money of orders with their payments."""
    wanted = sorted(set(order_ids))
    payments: dict[UUID, list[Payment]] = {}
    sums = await tx.fetch(sql("load_money"), wanted)
    for row in await tx.fetch(sql("load_payments"), wanted):
        payments.setdefault(row["order_id"], []).append(Payment(**row))
    return {
        row["order_id"]: Sums(**row, payments=tuple(payments.get(row["order_id"], ())))
        for row in sums
    }


async def add_payments(tx: Tx, payments: Sequence[NewPayment], now: datetime) -> None:
    """Add payments with nothing authorized yet."""
    if payments:
        await tx.execute(
            sql("add_payments"),
            *[[getattr(each, name) for each in payments] for name in NewPayment.__struct_fields__],
            now,
        )


async def ask_movements(tx: Tx, movements: Sequence[tuple[Movement, bool]], now: datetime) -> None:
    """Write movements as pending; those marked are queued as jobs in the same statement.

    Raises CheckViolationError when one is more than what is authorized, or captured.
    """
    if not movements:
        return
    await tx.execute(
        sql("ask_movements"),
        [each.order_id for each, _ in movements],
        [each.movement_id for each, _ in movements],
        [each.payment_no for each, _ in movements],
        [each.kind.value for each, _ in movements],
        [each.amount_minor for each, _ in movements],
        [each.cause_kind for each, _ in movements],
        [each.cause_id for each, _ in movements],
        [queued for _, queued in movements],
        now,
    )


async def settle_movements(tx: Tx, settled: Sequence[Settled], now: datetime) -> list[Told]:
    """Write down what is known of movements; return only those that were not settled before.

    Each movement is named once. The money of the orders must be locked.
    """
    if not settled:
        return []
    rows = await tx.fetch(
        sql("settle_movements"),
        *[[getattr(each, name) for each in settled] for name in Settled.__struct_fields__],
        now,
    )
    return [Told(**row) for row in rows]


async def set_to_capture(tx: Tx, rows: Sequence[tuple[UUID, int | None]], now: datetime) -> None:
    """Let more be captured of orders: up to an amount, or the total (None); never less."""
    if rows:
        await tx.execute(
            sql("set_to_capture"), [row[0] for row in rows], [row[1] for row in rows], now
        )


async def cancel_amounts(tx: Tx, values: Mapping[UUID, int], now: datetime) -> None:
    """Let orders cost less, by what their canceled units are worth; their money is locked."""
    if values:
        await tx.execute(sql("cancel_amounts"), list(values), list(values.values()), now)


async def load_movements(tx: Tx, keys: Sequence[tuple[UUID, UUID]]) -> dict[UUID, OpenMovement]:
    """Return movements of (order, movement) with what their gateways must be told, by id."""
    rows = await tx.fetch(sql("load_movements"), [key[0] for key in keys], [key[1] for key in keys])
    return {row["movement_id"]: OpenMovement(**row) for row in rows}


async def find_unsettled(
    tx: Tx, before: datetime, limit: int, order_id: UUID | None = None
) -> list[OpenMovement]:
    """Return movements that are not settled and were not asked about since `before`."""
    rows = await tx.fetch(sql("find_unsettled"), before, limit, order_id)
    return [OpenMovement(**row) for row in rows]


async def mark_orders(tx: Tx, held: Sequence[tuple[UUID, bool]], closed: Sequence[UUID]) -> None:
    """Note which orders are held or not, and which are closed."""
    if held or closed:
        await tx.execute(
            sql("mark_orders"),
            [row[0] for row in held],
            [row[1] for row in held],
            list(closed),
        )


async def find_to_capture_whole(
    tx: Tx, placed: Sequence[UUID], released: Sequence[UUID]
) -> list[UUID]:
    """Return which of the orders are to be captured whole: placed free of holds, or released."""
    if not placed and not released:
        return []
    rows = await tx.fetch(sql("find_to_capture_whole"), list(placed), list(released))
    return [row["order_id"] for row in rows]


async def queue_charges(tx: Tx, rows: Sequence[tuple[UUID, UUID, str, Any]], now: datetime) -> None:
    """Queue jobs (id, order, key, body) that charge orders again; one for each key."""
    if rows:
        await tx.execute(
            sql("queue_charges"),
            [row[0] for row in rows],
            [row[1] for row in rows],
            [row[2] for row in rows],
            [row[3] for row in rows],
            now,
        )


async def find_dead_charges(tx: Tx, order_ids: Sequence[UUID]) -> list[UUID]:
    """Return the jobs that were given up over captures of some orders."""
    rows = await tx.fetch(sql("find_dead_charges"), list(order_ids))
    return [row["job_id"] for row in rows]
