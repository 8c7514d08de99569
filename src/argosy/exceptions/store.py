"""One function a statement."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.exceptions.decide import Move
from argosy.exceptions.model import NewException, ProcessException, Settled
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements(__package__)


async def open_exceptions(
    tx: Tx, ids: Sequence[UUID], rows: Sequence[NewException], now: datetime
) -> None:
    """Open one exception for each row and announce it."""
    columns = ([getattr(row, name) for row in rows] for name in NewException.__struct_fields__)
    await tx.execute(sql("open_exceptions"), ids, *columns, now)


async def lock_exceptions(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, ProcessException]:
    """Lock exceptions in order; return those that exist."""
    rows = await tx.fetch(sql("lock_exceptions"), sorted(set(ids)))
    return {row["exception_id"]: ProcessException(**row) for row in rows}


async def find_open_about(tx: Tx, subject_kind: str, subject_ids: Sequence[UUID]) -> list[UUID]:
    """Return the open exceptions about some subjects."""
    rows = await tx.fetch(sql("find_open_about"), subject_kind, list(subject_ids))
    return [row["exception_id"] for row in rows]


async def move_exceptions(
    tx: Tx, moves: Sequence[Move], *, by: str, now: datetime
) -> dict[UUID, Settled]:
    """Apply what was decided about open exceptions."""
    rows = await tx.fetch(
        sql("move_exceptions"),
        *([getattr(move, name) for move in moves] for name in Move.__struct_fields__),
        now,
        by,
    )
    return {row["exception_id"]: Settled(**row) for row in rows}
