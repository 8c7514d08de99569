"""The event log as it grows: one poller a process, however many follow.

The poller keeps the newest events. Who follows takes them from there, and from the database when
behind; nobody is waited for, and nobody's slowness costs memory.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import msgspec
import structlog

from argosy.http_api.measures import Measures
from argosy.kernel.database import Database, Tx
from argosy.kernel.readers import EventRow, find_last_position
from argosy.kernel.sql import Statements

sql = Statements(__package__)
log = structlog.get_logger("argosy.http")

POLL_SECONDS = 0.25
FAILED_SECONDS = 2.0
HEARTBEAT_SECONDS = 15.0
MOST_KEPT = 2000
PAGE = 500

_encode = msgspec.json.Encoder(decimal_format="string").encode


class Wanted(msgspec.Struct, frozen=True):
    """Which events somebody wants; None does not narrow."""

    names: frozenset[str] | None = None
    channel_ids: frozenset[UUID] | None = None

    def has(self, event: EventRow) -> bool:
        """Return whether `event` is wanted."""
        return (self.names is None or event.name in self.names) and (
            self.channel_ids is None or event.channel_id in self.channel_ids
        )


def as_message(event: EventRow) -> bytes:
    """Return an event as a server-sent event; its id is its position."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        event.position,
        event.name.encode(),
        _encode(event),
    )


async def list_events(
    tx: Tx, wanted: Wanted, *, after: int, upto: int, limit: int
) -> list[EventRow]:
    """Return wanted events with `after` < position ≤ `upto`, in order."""
    names = None if wanted.names is None else sorted(wanted.names)
    channels = None if wanted.channel_ids is None else sorted(wanted.channel_ids)
    rows = await tx.fetch(sql("list_events"), after, upto, names, channels, limit)
    return [EventRow(**row) for row in rows]


class Feed:
    """Follows the log while somebody listens."""

    def __init__(self, db: Database, measures: Measures) -> None:
        self._db = db
        self._measures = measures
        self._kept: deque[tuple[EventRow, bytes]] = deque()
        self._floor = 0  # Every event with _floor < position <= _last is kept.
        self._last = 0
        self._grown = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None
        self._stopped = False

    def stop(self) -> None:
        """End every stream."""
        self._stopped = True
        self._grown.set()

    async def follow(self, after: int, wanted: Wanted) -> AsyncIterator[bytes]:
        """Give wanted events after a position as messages, as they come, and heartbeats."""
        self._measures.streams += 1
        try:
            if self._poller is None:
                await self._begin()
            yield b"retry: 2000\n\n"
            position = after
            while not self._stopped:
                grown = self._grown
                if position < self._floor:
                    messages, position = await self._read(position, wanted)
                else:
                    messages, position = self._recent(position, wanted)
                if messages:
                    yield b"".join(messages)
                elif position >= self._last and not await self._wait(grown):
                    yield b": heartbeat\n\n"
        finally:
            self._measures.streams -= 1
            if not self._measures.streams and self._poller is not None:
                self._poller.cancel()
                self._poller = None

    async def _wait(self, grown: asyncio.Event) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(grown.wait(), HEARTBEAT_SECONDS)
            return True
        return False

    def _recent(self, position: int, wanted: Wanted) -> tuple[list[bytes], int]:
        messages = [
            message
            for event, message in self._kept
            if event.position > position and wanted.has(event)
        ]
        return messages, max(position, self._last)

    async def _read(self, position: int, wanted: Wanted) -> tuple[list[bytes], int]:
        """Read on from the database, up to where the kept events begin."""
        async with self._db.reading() as tx:
            found = await list_events(tx, wanted, after=position, upto=self._floor, limit=PAGE)
        upto = found[-1].position if len(found) == PAGE else self._floor
        return [as_message(event) for event in found], upto

    async def _begin(self) -> None:
        """Start to poll from the present end of the log; what is before is read by who wants it."""
        self._kept.clear()
        self._floor = self._last = await find_last_position(self._db)
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll())

    async def _poll(self) -> None:
        while not self._stopped:
            try:
                grew = await self._step()
            except Exception:
                # The database is away: streams stay open and go on when it is back.
                log.warning("feed_interrupted", exc_info=True)
                await asyncio.sleep(FAILED_SECONDS)
                continue
            if not grew:
                await asyncio.sleep(POLL_SECONDS)

    async def _step(self) -> bool:
        async with self._db.reading() as tx:
            found = await list_events(tx, Wanted(), after=self._last, upto=2**63 - 1, limit=PAGE)
        if not found:
            return False
        self._keep(found)
        return True

    def _keep(self, found: Sequence[EventRow]) -> None:
        self._kept.extend((event, as_message(event)) for event in found)
        self._last = found[-1].position
        while len(self._kept) > MOST_KEPT:
            self._floor = self._kept.popleft()[0].position
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()
