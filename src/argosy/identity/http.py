"""Routes of identity."""

from uuid import UUID

import msgspec

from argosy.identity import commands, store
from argosy.identity.model import PERMISSIONS, Actor, ApiKey, MadeKey, NewKey
from argosy.identity.store import AuditEntry
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import Page, checked_limit, delete, get, page_of, post, refuse
from argosy.kernel.refusals import Refused


class Permission(msgspec.Struct, frozen=True):
    """A permission and what it allows."""

    name: str
    allows: str


@get("/v1/permissions", permission="identity:read", summary="List permissions", tags=["identity"])
async def list_permissions() -> Page[Permission]:
    """Return every permission there is."""
    return Page([Permission(name, allows) for name, allows in PERMISSIONS.items()], None)


@get("/v1/api-keys", permission="identity:read", summary="List API keys", tags=["identity"])
async def list_api_keys(
    db: Database, after: UUID | None = None, limit: int = 50
) -> Page[ApiKey]:
    """Return keys without their secrets, newest first."""
    limit = checked_limit(limit)
    async with db.reading() as tx:
        rows = await store.list_keys(tx, after, limit + 1)
    return page_of(rows, limit, lambda row: row.api_key_id)


@post(
    "/v1/api-keys",
    permission="identity:admin",
    summary="Create an API key",
    tags=["identity"],
    status_code=201,
)
async def create_api_key(db: Database, clock: Clock, actor: Actor, data: NewKey) -> MadeKey:
    """Make a key; its secret is in this answer and nowhere else."""
    made = await db.run(lambda tx: commands.create_key(tx, data, by=actor, now=clock.now()))
    if isinstance(made, Refused):
        refuse(made, status=422)
    return made


@delete(
    "/v1/api-keys/{api_key_id:uuid}",
    permission="identity:admin",
    summary="Revoke an API key",
    tags=["identity"],
    status_code=204,
)
async def revoke_api_key(db: Database, clock: Clock, actor: Actor, api_key_id: UUID) -> None:
    """Revoke a key for good."""
    done = await db.run(
        lambda tx: commands.revoke_key(tx, api_key_id, by=actor, now=clock.now())
    )
    if isinstance(done, Refused):
        refuse(done, status=404)


@get("/v1/audit-log", permission="identity:read", summary="Read the audit log", tags=["identity"])
async def list_audit_log(
    db: Database,
    after: UUID | None = None,
    actor_name: str | None = None,
    subject_kind: str | None = None,
    subject_id: str | None = None,
    limit: int = 50,
) -> Page[AuditEntry]:
    """Return what people and keys changed, newest first."""
    limit = checked_limit(limit)
    async with db.reading() as tx:
        rows = await store.list_audit(
            tx,
            after=after,
            actor=actor_name,
            subject_kind=subject_kind,
            subject_id=subject_id,
            limit=limit + 1,
        )
    return page_of(rows, limit, lambda row: row.audit_id)


routes = [list_permissions, list_api_keys, create_api_key, revoke_api_key, list_audit_log]
