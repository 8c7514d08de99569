"""What others may ask of exceptions: to open some."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.exceptions.model import NewException
from argosy.kernel.database import Tx
from argosy.kernel.ids import id_at
from argosy.kernel.sql import Statements

sql = Statements("argosy.exceptions")


async def open_exceptions(tx: Tx, rows: Sequence[NewException], now: datetime) -> list[UUID]:
    """Open one exception for each row and announce it; return their ids in order."""
    if not rows:
        return []
    ids = [id_at(now) for _ in rows]
    await tx.execute(
        sql("open_exceptions"),
        ids,
        *([getattr(row, name) for row in rows] for name in NewException.__struct_fields__),
        now,
    )
    return ids
