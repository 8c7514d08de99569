"""One function a statement."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from argosy.identity import Actor
from argosy.kernel.database import Tx
from argosy.kernel.readers import EventRow
from argosy.kernel.sql import Statements
from argosy.webhooks.decide import (
    MOST_ENDPOINTS,
    PAUSE_AFTER,
    PAUSE_AFTER_FAILURES,
    Health,
    like_pattern,
)
from argosy.webhooks.model import (
    DeliveryState,
    EndpointSettings,
    EndpointState,
    Outgoing,
    Replayed,
)

sql = Statements(__package__)


class Tried(Struct, frozen=True):
    """One attempt as it is written down, and what its delivery becomes."""

    endpoint_id: UUID
    delivery_id: UUID
    round: int
    state: str
    next_attempt_at: datetime | None
    duration_ms: int
    url: str
    address: str | None
    status_code: int | None
    error: str | None
    response_body: str | None
    retry_after_seconds: int | None


class Paused(Struct, frozen=True):
    """An endpoint that was just paused because it fails."""

    endpoint_id: UUID
    url: str
    pause_reason: str


async def fan_out(tx: Tx, events: Sequence[EventRow], now: datetime) -> int:
    """Make a delivery for each event and each endpoint that wants it; return how many."""
    made: int = await tx.fetchval(
        sql("fan_out"),
        [event.event_id for event in events],
        [event.subject_id for event in events],
        [event.name for event in events],
        [event.channel_id for event in events],
        [event.position for event in events],
        now,
    )
    return made


async def find_deliveries(
    tx: Tx, wanted: Sequence[tuple[UUID, UUID]], now: datetime
) -> list[Outgoing | None]:
    """Return each (endpoint, delivery) with all that sending needs; None where there is none."""
    found: list[Outgoing | None] = [None] * len(wanted)
    rows = await tx.fetch(
        sql("find_deliveries"), [each[0] for each in wanted], [each[1] for each in wanted], now
    )
    for row in rows:
        fields = dict(row)
        place = fields.pop("n") - 1
        found[place] = Outgoing(**fields)
    return found


async def hold_deliveries(tx: Tx, held: Sequence[Outgoing]) -> None:
    """Hold deliveries whose endpoint is paused."""
    await tx.execute(
        sql("hold_deliveries"),
        [each.endpoint_id for each in held],
        [each.delivery_id for each in held],
        [each.round for each in held],
    )


async def record_attempts(
    tx: Tx, tried: Sequence[Tried], health: Sequence[Health], now: datetime
) -> list[Paused]:
    """Write down attempts and what they mean; return the endpoints that were paused by it."""
    rows = await tx.fetch(
        sql("record_attempts"),
        sorted({each.endpoint_id for each in health}),
        *([getattr(each, name) for each in tried] for name in Tried.__struct_fields__),
        now,
        *([getattr(each, name) for each in health] for name in Health.__struct_fields__),
        PAUSE_AFTER_FAILURES,
        PAUSE_AFTER,
    )
    return [Paused(**row) for row in rows]


async def create_endpoint(
    tx: Tx,
    endpoint_id: UUID,
    asked: EndpointSettings,
    channel_ids: Sequence[UUID] | None,
    *,
    secret_id: UUID,
    sealed: bytes,
    by: Actor,
    now: datetime,
) -> int | None:
    """Make an endpoint; return its version, None when there are too many."""
    version: int | None = await tx.fetchval(
        sql("create_endpoint"),
        endpoint_id,
        asked.url,
        asked.description,
        asked.events,
        [like_pattern(glob) for glob in asked.events],
        channel_ids,
        str(by),
        now,
        MOST_ENDPOINTS,
        secret_id,
        sealed,
    )
    return version


async def change_endpoint(
    tx: Tx,
    endpoint_id: UUID,
    version: int,
    asked: EndpointSettings,
    channel_ids: Sequence[UUID] | None,
    *,
    now: datetime,
) -> int | None:
    """Change an endpoint; return its new version, None when it is not at `version` any more."""
    changed: int | None = await tx.fetchval(
        sql("change_endpoint"),
        endpoint_id,
        version,
        asked.url,
        asked.description,
        asked.events,
        [like_pattern(glob) for glob in asked.events],
        channel_ids,
        now,
    )
    return changed


async def set_endpoint_state(
    tx: Tx,
    endpoint_id: UUID,
    state: EndpointState,
    *,
    expected: Sequence[EndpointState],
    reason: str | None,
    by: Actor,
    now: datetime,
) -> int | None:
    """Move an endpoint to `state`; return its version, None when it is in no expected state."""
    version: int | None = await tx.fetchval(
        sql("set_endpoint_state"), endpoint_id, state, reason, now, list(expected), str(by)
    )
    return version


async def release_deliveries(tx: Tx, endpoint_id: UUID, *, by: Actor, now: datetime) -> int:
    """Queue everything that waits for an endpoint and announce it; return how many."""
    released: int = await tx.fetchval(sql("release_deliveries"), endpoint_id, now, str(by))
    return released


async def cancel_deliveries(tx: Tx, endpoint_id: UUID, now: datetime) -> int:
    """Cancel everything that waits for an endpoint; return how many."""
    return len(await tx.fetch(sql("cancel_deliveries"), endpoint_id, now))


async def requeue_deliveries(tx: Tx, delivery_ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """Queue deliveries of active endpoints again; return which were."""
    rows = await tx.fetch(sql("requeue_deliveries"), list(delivery_ids), now)
    return {row["delivery_id"] for row in rows}


async def find_delivery_states(
    tx: Tx, delivery_ids: Sequence[UUID]
) -> dict[UUID, tuple[DeliveryState, EndpointState]]:
    """Return how each delivery that exists and its endpoint stand."""
    rows = await tx.fetch(sql("find_delivery_states"), list(delivery_ids))
    return {row["delivery_id"]: (row["state"], row["endpoint_state"]) for row in rows}


async def replay_events(
    tx: Tx, endpoint_id: UUID, first: int, last: int, *, delivered_too: bool, now: datetime
) -> Replayed:
    """Queue the events at positions `first` to `last` for an endpoint."""
    row = await tx.fetchrow(sql("replay_events"), endpoint_id, first, last, delivered_too, now)
    assert row is not None, "counts are one row"
    return Replayed(endpoint_id, row["first_sent"], row["sent_again"])


async def rotate_secret(
    tx: Tx, endpoint_id: UUID, *, secret_id: UUID, sealed: bytes, ends_at: datetime, now: datetime
) -> int | None:
    """Give an endpoint a new secret, the present ones until `ends_at`; return its version."""
    version: int | None = await tx.fetchval(
        sql("rotate_secret"), endpoint_id, secret_id, sealed, now, ends_at
    )
    return version


async def drop_expired_secrets(tx: Tx, now: datetime) -> int:
    """Drop secrets that sign no more; return how many."""
    return len(await tx.fetch(sql("drop_expired_secrets"), now - timedelta(minutes=5)))


async def match_events(
    tx: Tx,
    asked: Sequence[str],
    channel_ids: Sequence[UUID] | None,
    first: int,
    last: int,
    *,
    limit: int,
) -> list[dict[str, Any]]:
    """Return the newest events at `first` to `last` that the globs in `asked` match."""
    rows = await tx.fetch(
        sql("match_events"),
        first,
        last,
        [like_pattern(glob) for glob in asked],
        channel_ids,
        limit,
    )
    return [dict(row) for row in rows]
