"""The event log as others read it: by pages, or live."""

import time
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from argosy.catalogue import door as catalogue
from argosy.http_api.feed import Wanted, list_events
from argosy.identity import Access
from argosy.kernel.coalescer import Overloaded
from argosy.kernel.database import Database, Tx
from argosy.kernel.http import Answer, Problem, get
from argosy.kernel.problems import FieldError
from argosy.kernel.readers import EventRow, find_last_position

MOST_PASSED = 50_000
MOST_STREAMS = 1000
STREAM_SECONDS = 900.0

Position = Annotated[
    int, Meta(ge=0, le=2**63 - 1, description="Only events after this position of the log.")
]
Names = Annotated[
    list[Annotated[str, Meta(max_length=100)]],
    Meta(max_length=200, description="Only events of these names; none is all of them."),
]
Codes = Annotated[
    list[Annotated[str, Meta(max_length=100)]],
    Meta(max_length=200, description="Only events of these channels (codes); none is all."),
]
MostEvents = Annotated[int, Meta(ge=1, le=1000, description="Most events of the page.")]


class EventPage(Struct, frozen=True):
    """Events in the order of the log; ask again with `after` = `next_after`.

    `next_after` moves on also when nothing of what was passed is wanted; `more` says whether there
    is more to be had at once.
    """

    items: list[EventRow]
    next_after: int
    more: bool

    __examples__ = (
        {
            "items": [
                {
                    "position": 42,
                    "event_id": "8f2b3b1e-51a5-4a86-9a3c-3a6d8a1b8f10",
                    "name": "order.placed.v1",
                    "subject_id": "0193f3a0-5b5e-7c3e-8f00-0a1b2c3d4e5f",
                    "subject_version": 1,
                    "channel_id": "0193f3a0-0000-7c3e-8f00-0a1b2c3d4e5f",
                    "occurred_at": "2026-01-05T10:00:00Z",
                    "body": {"order_number": "100001"},
                }
            ],
            "next_after": 42,
            "more": False,
        },
    )


async def _wanted(tx: Tx, access: Access, names: list[str], codes: list[str]) -> Wanted:
    """Return what of the log is asked for and in reach; raises Problem 400 or 403."""
    if access.location_ids is not None:
        detail = "A key that is limited to locations cannot read the event log."
        raise Problem(403, "limited_key", "Limited key", detail)
    channel_ids: frozenset[UUID] | None = access.channel_ids
    if codes:
        network = await catalogue.network(tx)
        found: set[UUID] = set()
        for code in codes:
            channel = network.channel_by_code(code)
            if channel is None:
                detail = f"There is no channel {code}; GET /v1/channels lists them."
                fault = FieldError(None, "channel_unknown", detail, "channel")
                raise Problem(400, "channel_unknown", "Channel unknown", detail, [fault])
            found.add(channel.channel_id)
        channel_ids = frozenset(found) if channel_ids is None else channel_ids & found
    return Wanted(frozenset(names) or None, channel_ids)


@get("/v1/events", permission="events:read", summary="Read events")
async def read_events(
    db: Database,
    access: Access,
    *,
    after: Position = 0,
    limit: MostEvents = 100,
    name: Names = [],  # noqa: B006
    channel: Codes = [],  # noqa: B006
) -> EventPage:
    """Return what happened after a position, in the order of the log.

    Who keeps `next_after` and comes again misses nothing and gets nothing twice.
    """
    last = await find_last_position(db)
    upto = min(last, after + MOST_PASSED)
    async with db.reading() as tx:
        wanted = await _wanted(tx, access, name, channel)
        found = await list_events(tx, wanted, after=after, upto=upto, limit=limit)
    passed = found[-1].position if len(found) == limit else max(after, upto)
    return EventPage(found, passed, passed < last)


@get(
    "/v1/events/stream",
    permission="events:read",
    summary="Follow events",
    media_type="text/event-stream",
)
async def follow_events(
    db: Database,
    access: Access,
    services: Any,
    *,
    last_event_id: int | None,
    after: Position | None = None,
    name: Names = [],  # noqa: B006
    channel: Codes = [],  # noqa: B006
) -> Answer[bytes]:
    """Stream events as they get their positions (server-sent events, `id` is the position).

    It goes on after `Last-Event-ID`, else after `after`, else with what happens from now on. A
    comment comes every 15 s when nothing else does. The stream ends after 15 minutes: come again
    with `Last-Event-ID`, as every EventSource does by itself.
    """
    if services.measures.streams >= MOST_STREAMS:
        raise Overloaded
    position = last_event_id if last_event_id is not None else after
    if position is None:
        position = await find_last_position(db)
    async with db.reading() as tx:
        wanted = await _wanted(tx, access, name, channel)
    parts: Any = _for_a_while(services.feed.follow(position, wanted))
    return Answer(parts, media_type="text/event-stream")


async def _for_a_while(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """End a stream in time, so that a key that was revoked does not listen forever."""
    until = time.monotonic() + STREAM_SECONDS
    try:
        async for part in parts:
            yield part
            if time.monotonic() > until:
                return
    finally:
        await parts.aclose()  # type: ignore[attr-defined]


ROUTES = (read_events, follow_events)
