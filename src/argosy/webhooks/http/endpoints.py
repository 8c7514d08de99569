"""Routes of endpoints: what they are, and whether they get anything."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from argosy.identity import Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    Answer,
    Limit,
    Page,
    Services,
    check_version,
    decode_cursor,
    delete,
    get,
    not_found,
    page_of,
    post,
    put,
)
from argosy.kernel.refusals import Refused
from argosy.kernel.vault import open_vault
from argosy.webhooks import reads
from argosy.webhooks.commands import endpoints as commands
from argosy.webhooks.http.answers import TAGS, URL_REFUSALS, guard_of, refuse_as
from argosy.webhooks.model import (
    Endpoint,
    EndpointSettings,
    MadeEndpoint,
    Refusal,
)


class PauseBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why nothing is to be sent for now."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]

    __examples__ = ({"reason": "The ERP is updated tonight."},)


class RotateBody(msgspec.Struct, forbid_unknown_fields=True):
    """For how long the present secret goes on signing beside the new one."""

    overlap_hours: Annotated[int, Meta(ge=0, le=168)] = 24

    __examples__ = ({"overlap_hours": 24},)


class Changed(msgspec.Struct, frozen=True):
    """An endpoint that was changed: its new version."""

    endpoint_id: UUID
    version: int


class Deleted(msgspec.Struct, frozen=True):
    """An endpoint that was deleted, and how many waiting deliveries were canceled with it."""

    endpoint_id: UUID
    canceled: int


async def _endpoint(db: Database, endpoint_id: UUID) -> Endpoint:
    async with db.transaction() as tx:
        found = await reads.find_endpoint(tx, endpoint_id)
    if found is None:
        not_found("webhook endpoint")
    return found


@get(
    "/v1/webhook-endpoints",
    permission="webhooks:read",
    summary="List webhook endpoints",
    tags=TAGS,
)
async def list_webhook_endpoints(
    db: Database, after: After = None, limit: Limit = 50
) -> Page[Endpoint]:
    """Return endpoints with what waits for each, newest first."""
    last = None if after is None else decode_cursor(after, tuple[UUID])[0]
    async with db.reading() as tx:
        rows = await reads.list_endpoints(tx, after=last, limit=limit + 1)
    return page_of(rows, limit, lambda row: row.endpoint_id)


@post(
    "/v1/webhook-endpoints",
    permission="webhooks:write",
    summary="Create a webhook endpoint",
    tags=TAGS,
    status_code=201,
    refuses=[*URL_REFUSALS, Refusal.CHANNEL_UNKNOWN, Refusal.TOO_MANY_ENDPOINTS],
    keyed=False,
)
async def create_webhook_endpoint(
    db: Database, clock: Clock, actor: Actor, services: Services, data: EndpointSettings
) -> MadeEndpoint:
    """Make an endpoint; this answer is the only place that ever tells its secret.

    It gets what happens from now on. Asking again makes another endpoint: the answer is not kept
    under an Idempotency-Key, since that would keep the secret.
    """
    refused = await commands.check_url(guard_of(services), data.url)
    if refused is not None:
        refuse_as(refused)
    vault = open_vault(services.settings)
    made = await db.run(
        lambda tx: commands.create_endpoint(tx, data, vault, by=actor, now=clock.now())
    )
    if isinstance(made, Refused):
        refuse_as(made)
    return made


@get(
    "/v1/webhook-endpoints/{endpoint_id}",
    permission="webhooks:read",
    summary="Get a webhook endpoint",
    tags=TAGS,
    refuses=[Refusal.WEBHOOK_ENDPOINT_NOT_FOUND],
)
async def get_webhook_endpoint(db: Database, endpoint_id: UUID) -> Answer[Endpoint]:
    """Return one endpoint; its version is the ETag."""
    async with db.reading() as tx:
        found = await reads.find_endpoint(tx, endpoint_id)
    if found is None:
        not_found("webhook endpoint")
    return Answer(found, version=found.version)


@put(
    "/v1/webhook-endpoints/{endpoint_id}",
    permission="webhooks:write",
    summary="Change a webhook endpoint",
    tags=TAGS,
    refuses=[
        Refusal.WEBHOOK_ENDPOINT_NOT_FOUND,
        Refusal.ENDPOINT_CHANGED_MEANWHILE,
        *URL_REFUSALS,
        Refusal.CHANNEL_UNKNOWN,
    ],
)
async def change_webhook_endpoint(
    db: Database,
    clock: Clock,
    actor: Actor,
    services: Services,
    *,
    if_match: int | None,
    endpoint_id: UUID,
    data: EndpointSettings,
) -> Answer[Changed]:
    """Set what the endpoint is; its secrets and state stay."""
    before = await _endpoint(db, endpoint_id)
    check_version(if_match, before.version)
    refused = await commands.check_url(guard_of(services), data.url)
    if refused is not None:
        refuse_as(refused)
    version = await db.run(
        lambda tx: commands.change_endpoint(tx, before, data, by=actor, now=clock.now())
    )
    if isinstance(version, Refused):
        refuse_as(version)
    return Answer(Changed(endpoint_id, version), version=version)


@delete(
    "/v1/webhook-endpoints/{endpoint_id}",
    permission="webhooks:write",
    summary="Delete a webhook endpoint",
    tags=TAGS,
    refuses=[Refusal.WEBHOOK_ENDPOINT_NOT_FOUND],
)
async def delete_webhook_endpoint(
    db: Database, clock: Clock, actor: Actor, endpoint_id: UUID
) -> Deleted:
    """Delete an endpoint for good; what waits for it is canceled and counted in the answer."""
    canceled = await db.run(
        lambda tx: commands.delete_endpoint(tx, endpoint_id, by=actor, now=clock.now())
    )
    if isinstance(canceled, Refused):
        refuse_as(canceled)
    return Deleted(endpoint_id, canceled)


@post(
    "/v1/webhook-endpoints/{endpoint_id}/pause",
    permission="webhooks:write",
    summary="Pause a webhook endpoint",
    tags=TAGS,
    refuses=[Refusal.WEBHOOK_ENDPOINT_NOT_FOUND, Refusal.ENDPOINT_IS_PAUSED],
)
async def pause_webhook_endpoint(
    db: Database, clock: Clock, actor: Actor, endpoint_id: UUID, data: PauseBody
) -> Answer[Changed]:
    """Send nothing for now; what happens meanwhile is kept for it."""
    version = await db.run(
        lambda tx: commands.pause_endpoint(tx, endpoint_id, data.reason, by=actor, now=clock.now())
    )
    if isinstance(version, Refused):
        refuse_as(version)
    return Answer(Changed(endpoint_id, version), version=version)


@post(
    "/v1/webhook-endpoints/{endpoint_id}/resume",
    permission="webhooks:write",
    summary="Resume a webhook endpoint",
    tags=TAGS,
    refuses=[Refusal.WEBHOOK_ENDPOINT_NOT_FOUND, Refusal.ENDPOINT_IS_ACTIVE],
)
async def resume_webhook_endpoint(
    db: Database, clock: Clock, actor: Actor, endpoint_id: UUID
) -> Answer[Changed]:
    """Send again, first what was kept; exceptions about the endpoint are resolved."""
    version = await db.run(
        lambda tx: commands.resume_endpoint(tx, endpoint_id, by=actor, now=clock.now())
    )
    if isinstance(version, Refused):
        refuse_as(version)
    return Answer(Changed(endpoint_id, version), version=version)


@post(
    "/v1/webhook-endpoints/{endpoint_id}/rotate-secret",
    permission="webhooks:write",
    summary="Rotate the secret of a webhook endpoint",
    tags=TAGS,
    refuses=[Refusal.WEBHOOK_ENDPOINT_NOT_FOUND],
    keyed=False,
)
async def rotate_webhook_secret(
    db: Database,
    clock: Clock,
    actor: Actor,
    services: Services,
    *,
    endpoint_id: UUID,
    data: RotateBody,
) -> MadeEndpoint:
    """Make a new secret, told in this answer only; the old one signs too until the overlap ends."""
    vault = open_vault(services.settings)
    made = await db.run(
        lambda tx: commands.rotate_secret(
            tx,
            endpoint_id,
            vault,
            overlap=timedelta(hours=data.overlap_hours),
            by=actor,
            now=clock.now(),
        )
    )
    if isinstance(made, Refused):
        refuse_as(made)
    return made


ROUTES = (
    list_webhook_endpoints,
    create_webhook_endpoint,
    get_webhook_endpoint,
    change_webhook_endpoint,
    delete_webhook_endpoint,
    pause_webhook_endpoint,
    resume_webhook_endpoint,
    rotate_webhook_secret,
)
