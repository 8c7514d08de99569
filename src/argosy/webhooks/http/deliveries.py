"""Routes of deliveries: how they went, sending them again, and what would be sent."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from argosy.identity import Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    Batch,
    BatchOutcome,
    Limit,
    Outcomes,
    Page,
    Services,
    decode_cursor,
    get,
    not_found,
    note_of,
    page_of,
    post,
)
from argosy.kernel.readers import find_last_position
from argosy.kernel.refusals import Refused
from argosy.webhooks import reads
from argosy.webhooks.commands import replay
from argosy.webhooks.http.answers import TAGS, guard_of, refuse_as
from argosy.webhooks.model import (
    Delivery,
    DeliveryDetail,
    DeliveryState,
    DryRun,
    Refusal,
    Replayed,
)

_Position = Annotated[int, Meta(ge=0, le=2**62)]
_Text = Annotated[str, Meta(max_length=100)]


class ReplayBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which events are sent (again): positions from … to …, both included.

    Without `delivered_too`, what the endpoint has got or will get anyway is left alone.
    """

    from_position: _Position
    to_position: _Position
    delivered_too: bool = False

    __examples__ = ({"from_position": 1200, "to_position": 1300, "delivered_too": True},)


class DryRunEventBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which events are looked at: without positions the newest 10,000."""

    from_position: _Position | None = None
    to_position: _Position | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 10

    __examples__ = ({"limit": 3},)


class RetryDeliveryItem(msgspec.Struct, forbid_unknown_fields=True):
    """A delivery to be sent again."""

    delivery_id: UUID


class Queued(msgspec.Struct, frozen=True):
    """A delivery that was queued again."""

    delivery_id: UUID


class RetryOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one delivery of a batch."""

    delivery_id: UUID


@post(
    "/v1/webhook-endpoints/{endpoint_id}/dry-run",
    permission="webhooks:read",
    summary="Show what a webhook endpoint would get",
    tags=TAGS,
    refuses=[Refusal.WEBHOOK_ENDPOINT_NOT_FOUND, Refusal.RANGE_INVALID],
    keyed=False,
)
async def dry_run_webhook_endpoint(
    db: Database, clock: Clock, services: Services, endpoint_id: UUID, data: DryRunEventBody
) -> DryRun:
    """Return the requests that recent events would lead to, and whether the address can be called.

    Nothing is sent and nothing is changed. The delivery id and the signature are made when a
    delivery is.
    """
    last = await find_last_position(db) if data.to_position is None else data.to_position
    first = max(0, last - 9_999) if data.from_position is None else data.from_position
    async with db.reading() as tx:
        endpoint = await reads.find_endpoint(tx, endpoint_id)
        if endpoint is None:
            not_found("webhook endpoint")
        requests = await replay.dry_run(
            tx, endpoint, first, last, limit=data.limit, now=clock.now()
        )
    if isinstance(requests, Refused):
        refuse_as(requests)
    return await replay.look_ahead(guard_of(services), endpoint, requests)


@post(
    "/v1/webhook-endpoints/{endpoint_id}/replay",
    permission="webhooks:write",
    summary="Replay events to a webhook endpoint",
    tags=TAGS,
    refuses=[Refusal.WEBHOOK_ENDPOINT_NOT_FOUND, Refusal.RANGE_INVALID],
)
async def replay_webhook_events(
    db: Database, clock: Clock, actor: Actor, endpoint_id: UUID, data: ReplayBody
) -> Replayed:
    """Queue a range of events, also from before the endpoint was made; up to 50,000 at once."""
    done = await db.run(
        lambda tx: replay.replay_events(
            tx,
            endpoint_id,
            data.from_position,
            data.to_position,
            delivered_too=data.delivered_too,
            by=actor,
            now=clock.now(),
        )
    )
    if isinstance(done, Refused):
        refuse_as(done)
    return done


@post(
    "/v1/webhook-endpoints/{endpoint_id}/replay/preview",
    permission="webhooks:read",
    summary="Preview a replay of events",
    tags=TAGS,
    refuses=[Refusal.WEBHOOK_ENDPOINT_NOT_FOUND, Refusal.RANGE_INVALID],
    keyed=False,
)
async def preview_webhook_replay(db: Database, endpoint_id: UUID, data: ReplayBody) -> Replayed:
    """Say how many deliveries a replay would queue; nothing is changed."""
    refused = replay.check_range(data.from_position, data.to_position)
    if refused is not None:
        refuse_as(refused)
    async with db.reading() as tx:
        if await reads.find_endpoint(tx, endpoint_id) is None:
            not_found("webhook endpoint")
        return await reads.preview_replay(
            tx,
            endpoint_id,
            data.from_position,
            data.to_position,
            delivered_too=data.delivered_too,
        )


@get(
    "/v1/webhook-deliveries",
    permission="webhooks:read",
    summary="List webhook deliveries",
    tags=TAGS,
)
async def list_webhook_deliveries(
    db: Database,
    *,
    after: After = None,
    limit: Limit = 50,
    endpoint_id: UUID | None = None,
    state: DeliveryState | None = None,
    event_name: _Text | None = None,
    subject_id: UUID | None = None,
) -> Page[Delivery]:
    """Return deliveries, newest first; filters narrow together."""
    last = None if after is None else decode_cursor(after, tuple[UUID])[0]
    filters = reads.DeliveryFilters(endpoint_id, state, event_name, subject_id)
    async with db.reading() as tx:
        rows = await reads.list_deliveries(tx, filters, after=last, limit=limit + 1)
    return page_of(rows, limit, lambda row: row.delivery_id)


@get(
    "/v1/webhook-deliveries/{delivery_id}",
    permission="webhooks:read",
    summary="Get a webhook delivery",
    tags=TAGS,
    refuses=[Refusal.WEBHOOK_DELIVERY_NOT_FOUND],
)
async def get_webhook_delivery(db: Database, delivery_id: UUID) -> DeliveryDetail:
    """Return a delivery with every attempt and what came back."""
    async with db.reading() as tx:
        filters = reads.DeliveryFilters(delivery_id=delivery_id)
        found = await reads.list_deliveries(tx, filters, limit=1)
        if not found:
            not_found("webhook delivery")
        attempts = await reads.list_attempts(tx, found[0].endpoint_id, delivery_id)
    return DeliveryDetail(found[0], attempts)


@post(
    "/v1/webhook-deliveries/{delivery_id}/retry",
    permission="webhooks:write",
    summary="Send a webhook delivery again",
    tags=TAGS,
    refuses=[Refusal.WEBHOOK_DELIVERY_NOT_FOUND, Refusal.ENDPOINT_IS_PAUSED],
)
async def retry_webhook_delivery(
    db: Database, clock: Clock, actor: Actor, delivery_id: UUID
) -> Queued:
    """Queue a delivery at once, also one that was delivered; its ids stay the same."""
    done = await db.run(
        lambda tx: replay.retry_deliveries(tx, [delivery_id], by=actor, now=clock.now())
    )
    if isinstance(done[0], Refused):
        refuse_as(done[0])
    return Queued(delivery_id)


@post(
    "/v1/webhook-deliveries/retry/batch",
    permission="webhooks:write",
    summary="Send webhook deliveries again in a batch",
    tags=TAGS,
)
async def retry_webhook_deliveries(
    db: Database, clock: Clock, actor: Actor, data: Batch[RetryDeliveryItem]
) -> Outcomes[RetryOutcome]:
    """Queue many deliveries, one outcome each."""
    ids = [item.delivery_id for item in data.items]
    done = await db.run(lambda tx: replay.retry_deliveries(tx, ids, by=actor, now=clock.now()))
    return Outcomes(
        [
            RetryOutcome(
                index=index,
                status="refused" if isinstance(outcome, Refused) else "done",
                problem=note_of(outcome) if isinstance(outcome, Refused) else None,
                delivery_id=ids[index],
            )
            for index, outcome in enumerate(done)
        ]
    )


ROUTES = (
    dry_run_webhook_endpoint,
    replay_webhook_events,
    preview_webhook_replay,
    list_webhook_deliveries,
    get_webhook_delivery,
    retry_webhook_delivery,
    retry_webhook_deliveries,
)
