"""What would become of orders if they were placed now; nothing is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import asyncpg

from argosy.kernel.database import Database, Tx
from argosy.orders.commands.capture import refused_by_row
from argosy.orders.commands.outcomes import CaptureOutcome, CaptureRequest
from argosy.orders.commands.placing import RolledBack, capture_orders


async def preview_orders(
    db: Database, requests: Sequence[CaptureRequest], now: datetime
) -> list[CaptureOutcome]:
    """Return the outcomes that placing `requests` together would have, and place none of them.

    The orders see the stock that is there now, less what those before them in `requests` take.
    Those that take over a cart's reservation are looked at one by one.
    """
    if len(requests) > 1 and any(each.asked.reservation_id is not None for each in requests):
        return [outcome for each in requests for outcome in await preview_orders(db, [each], now)]
    async with db.writing_pool.acquire() as connection:
        whole = connection.transaction()
        await whole.start()
        try:
            return await capture_orders(cast("Tx", connection), requests, now, lock=True)
        except asyncpg.IntegrityConstraintViolationError as error:
            if len(requests) == 1:
                return [refused_by_row(error)]
        except RolledBack as rolled:
            return [rolled.outcome]
        finally:
            await whole.rollback()
    middle = len(requests) // 2
    return [
        *await preview_orders(db, requests[:middle], now),
        *await preview_orders(db, requests[middle:], now),
    ]
