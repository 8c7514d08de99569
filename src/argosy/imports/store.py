"""One function a statement."""

from datetime import datetime

from msgspec import Struct

from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.imports")


class Progress(Struct):
    """How far an import has come, in records of its file; `made + known + refused = records`."""

    records: int = 0
    made: int = 0
    known: int = 0
    refused: int = 0
    rejected_bytes: int = 0


async def find_import(tx: Tx, digest: bytes) -> tuple[Progress, bool] | None:
    """Return how far the import of a file has come and whether it was finished, or None."""
    row = await tx.fetchrow(sql("find_import"), digest)
    if row is None:
        return None
    counts = dict(row)
    finished = counts.pop("finished_at") is not None
    return Progress(**counts), finished


async def start_import(
    tx: Tx, digest: bytes, kind: str, name: str, now: datetime, *, anew: bool
) -> Progress:
    """Return how far the import of a file has come; begin it when it is new, finished or `anew`."""
    row = await tx.fetchrow(sql("start_import"), digest, kind, name, now, anew)
    assert row is not None
    return Progress(**row)


async def note_import(
    tx: Tx, digest: bytes, progress: Progress, now: datetime, *, finished: bool
) -> None:
    """Write down how far an import has come."""
    await tx.execute(
        sql("note_import"),
        digest,
        progress.records,
        progress.made,
        progress.known,
        progress.refused,
        progress.rejected_bytes,
        now,
        finished,
    )
