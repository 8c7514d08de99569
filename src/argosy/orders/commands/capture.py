"""Placing orders: what is handed in, what comes of it, and what happens when a race is lost.

Everything happens in one transaction for many orders. Stock is read without locks and taken by a
statement that locks only what it takes, in one order, and refuses what is no longer there; a batch
that loses such a race is decided again under the locks of all its stock.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from argosy.kernel.database import Database
from argosy.orders.commands.outcomes import (
    Captured,
    CaptureOutcome,
    CaptureRefused,
    CaptureRequest,
)
from argosy.orders.commands.placing import RolledBack, StockMoved, capture_orders
from argosy.orders.decide.faults import Fault
from argosy.orders.model import Refusal

__all__ = [
    "CaptureOutcome",
    "CaptureRefused",
    "CaptureRequest",
    "Captured",
    "place_orders",
]

MOST_TRIES = 5


async def place_orders(
    db: Database, requests: Sequence[CaptureRequest], now: datetime
) -> list[CaptureOutcome]:
    """Place many orders, one outcome each; one bad order never fails its neighbours.

    Opens its own transactions: one for all, and smaller ones where the database refuses a batch.
    Orders that take over a cart's reservation go one by one, because the cart must be kept when
    the order is refused.
    """
    outcomes: list[CaptureOutcome | None] = [None] * len(requests)
    together = [i for i, each in enumerate(requests) if each.asked.reservation_id is None]
    alone = [i for i, each in enumerate(requests) if each.asked.reservation_id is not None]
    for indexes in filter(None, (together, *([index] for index in alone))):
        placed = await _place_split(db, [requests[i] for i in indexes], now)
        for index, outcome in zip(indexes, placed, strict=True):
            outcomes[index] = outcome
    return [outcome for outcome in outcomes if outcome is not None]


async def _place_split(
    db: Database, requests: Sequence[CaptureRequest], now: datetime
) -> list[CaptureOutcome]:
    try:
        return await _place_retried(db, requests, now)
    except asyncpg.IntegrityConstraintViolationError as error:
        if len(requests) == 1:
            return [refused_by_row(error)]
    except RolledBack as rolled:
        return [rolled.outcome]
    middle = len(requests) // 2
    return [
        *await _place_split(db, requests[:middle], now),
        *await _place_split(db, requests[middle:], now),
    ]


def refused_by_row(error: asyncpg.IntegrityConstraintViolationError) -> CaptureRefused:
    """Translate what the last guard, a row, refused for a single order."""
    if error.constraint_name == "gateway_reference_pkey":
        detail = "The gateway's reference belongs to another payment already; each has its own."
        return CaptureRefused([Fault(Refusal.PAYMENT_REFERENCE_USED, "/payments", detail)])
    raise error


async def _place_retried(
    db: Database, requests: Sequence[CaptureRequest], now: datetime
) -> list[CaptureOutcome]:
    lock = False
    for attempt in range(MOST_TRIES):
        try:
            return await _place_once(db, requests, now, lock=lock)
        except StockMoved:
            lock = True
            if attempt == MOST_TRIES - 1:
                raise
        except asyncpg.UniqueViolationError as error:
            # Somebody placed the same order a moment ago; the next look finds it.
            if error.constraint_name != "order_key_pkey" or attempt == MOST_TRIES - 1:
                raise
    raise AssertionError("unreachable")


async def _place_once(
    db: Database, requests: Sequence[CaptureRequest], now: datetime, *, lock: bool
) -> list[CaptureOutcome]:
    return await db.run(lambda tx: capture_orders(tx, requests, now, lock=lock))
