"""Readers of the event log: each has a cursor, moved in the transaction of what it did.

The sequencer gives positions to committed events, so that a reader that has come to a position
has missed nothing before it.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from argosy.kernel.database import Database, Tx
from argosy.kernel.sql import Statements

sql = Statements(__package__)
log = structlog.get_logger(__name__)

SEQUENCER_LEASE = "events.sequencer"


class EventRow(msgspec.Struct, frozen=True):
    """One event of the log, as readers see it."""

    position: int
    event_id: UUID
    name: str
    subject_id: UUID
    subject_version: int
    channel_id: UUID | None
    occurred_at: datetime
    body: dict[str, Any]


class Reader(msgspec.Struct, frozen=True):
    """Somebody who hears events: `apply` gets those of `events` (all when None), in order.

    `apply` runs in the transaction that moves the cursor, so each event is applied once; it is
    given the same events again when it raises.
    """

    name: str
    apply: Callable[[Tx, Sequence[EventRow], datetime], Awaitable[object]]
    events: frozenset[str] | None = None
    batch: int = 1000


async def sequence_events(db: Database, *, limit: int = 5000) -> int:
    """Give positions to up to `limit` committed events; return how many.

    Safe to run twice at once (the counter row is locked), meant to run under one lease.
    """

    async def number(tx: Tx) -> int:
        status: str = await tx.execute(sql("sequence_events"), limit)
        return int(status.rsplit(" ", 1)[1])

    return await db.run(number)


async def read_events(tx: Tx, after: int, limit: int) -> list[EventRow]:
    """Return up to `limit` events after position `after`, in order."""
    return [EventRow(**row) for row in await tx.fetch(sql("read_events"), after, limit)]


async def find_last_position(db: Database) -> int:
    """Return the last position that was given to an event."""
    async with db.writing_pool.acquire() as connection:
        position: int = await connection.fetchval(sql("find_last_position"))
    return position


async def open_cursors(db: Database, readers: Sequence[Reader]) -> None:
    """Make sure that each reader has a cursor."""
    async with db.transaction() as tx:
        await tx.execute(sql("open_cursors"), [reader.name for reader in readers])


async def advance_reader(db: Database, reader: Reader, now: datetime) -> int:
    """Let `reader` hear its next batch; return how many events its cursor passed, 0 when none.

    What `apply` raises is kept on the cursor row and raised again; the cursor stays.
    """

    async def step(tx: Tx) -> int:
        position = await tx.fetchval(sql("lock_cursor"), reader.name)
        if position is None:
            return 0
        passed = await read_events(tx, position, reader.batch)
        if not passed:
            return 0
        heard = [e for e in passed if reader.events is None or e.name in reader.events]
        if heard:
            await reader.apply(tx, heard, now)
        await tx.execute(sql("move_cursor"), reader.name, passed[-1].position, now)
        return len(passed)

    try:
        return await db.run(step)
    except Exception as error:
        message = f"{type(error).__name__}: {error}"[:2000]
        async with db.transaction() as tx:
            failures = await tx.fetchval(sql("note_reader_failure"), reader.name, message, now)
        log.exception("reader_failed", reader=reader.name, failures=failures)
        raise
