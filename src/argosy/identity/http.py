"""Routes of keys, roles, permissions and the audit log."""

from typing import Annotated, NoReturn
from uuid import UUID

import msgspec
from msgspec import Meta

from argosy.identity import commands, reads
from argosy.identity.model import (
    Access,
    Actor,
    ApiKey,
    AuditEntry,
    MadeApiKey,
    NewApiKey,
    Refusal,
    Role,
    RoleName,
    RoleSettings,
)
from argosy.identity.permissions import PERMISSIONS
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    AUTHENTICATED,
    After,
    Limit,
    Page,
    decode_cursor,
    delete,
    get,
    page_of,
    post,
    put,
    refuse,
)
from argosy.kernel.refusals import Refused

Text = Annotated[str, Meta(max_length=200)]

_MISSING = {Refusal.API_KEY_NOT_FOUND, Refusal.ROLE_NOT_FOUND}
_CONFLICTS = {
    Refusal.ROLE_IN_USE,
    Refusal.ROLE_IS_BUILT_IN,
    Refusal.ROLE_CHANGED_MEANWHILE,
}


class Permission(msgspec.Struct, frozen=True):
    """A permission and what it allows."""

    permission: str
    allows: str

    __examples__ = ({"permission": "orders:read", "allows": "See orders and their timelines."},)


class Self(msgspec.Struct, frozen=True):
    """Who asks and what they may do."""

    actor: str
    permissions: list[str]
    channel_ids: list[UUID] | None
    location_ids: list[UUID] | None


def _refuse(refused: Refused) -> NoReturn:
    if refused.code in _MISSING:
        refuse(refused, status=404)
    if refused.code is Refusal.PERMISSION_NOT_YOURS:
        refuse(refused, status=403)
    refuse(refused, status=409 if refused.code in _CONFLICTS else 422)


@get("/v1/permissions", permission="identity:read", summary="List permissions", scoped=True)
async def list_permissions() -> Page[Permission]:
    """Return every permission there is, and what it allows."""
    return Page([Permission(name, allows) for name, allows in PERMISSIONS.items()])


@get("/v1/self", permission=AUTHENTICATED, summary="Tell who asks", tags=["identity"])
async def get_self(access: Access) -> Self:
    """Return what the key of this request may do."""
    return Self(
        str(access.actor),
        sorted(access.permissions),
        None if access.channel_ids is None else sorted(access.channel_ids),
        None if access.location_ids is None else sorted(access.location_ids),
    )


@get("/v1/api-keys", permission="identity:read", summary="List API keys")
async def list_api_keys(db: Database, after: After = None, limit: Limit = 50) -> Page[ApiKey]:
    """Return keys without their secrets, newest first; revoked ones stay in the list."""
    last = None if after is None else decode_cursor(after, tuple[UUID])[0]
    async with db.reading() as tx:
        keys = await reads.list_api_keys(tx, after=last, limit=limit + 1)
    return page_of(keys, limit, lambda key: key.api_key_id)


@post(
    "/v1/api-keys",
    permission="identity:admin",
    summary="Create an API key",
    status_code=201,
    refuses=[
        Refusal.PERMISSION_UNKNOWN,
        Refusal.PERMISSION_NOT_YOURS,
        Refusal.ROLE_UNKNOWN,
        Refusal.EXPIRES_IN_THE_PAST,
    ],
    keyed=False,
)
async def create_api_key(db: Database, clock: Clock, access: Access, data: NewApiKey) -> MadeApiKey:
    """Make a key; this answer is the only place that ever tells it.

    Nobody can give what they do not have. The answer is not kept under an Idempotency-Key, since
    that would keep the secret: asking again makes another key.
    """
    made = await db.run(
        lambda tx: commands.create_api_key(
            tx, data, by=access.actor, grantor=access, now=clock.now()
        )
    )
    if isinstance(made, Refused):
        _refuse(made)
    return made


@delete(
    "/v1/api-keys/{api_key_id}",
    permission="identity:admin",
    summary="Revoke an API key",
    status_code=200,
    refuses=[Refusal.API_KEY_NOT_FOUND],
)
async def revoke_api_key(db: Database, clock: Clock, actor: Actor, api_key_id: UUID) -> ApiKey:
    """Revoke a key for good; within two seconds no server takes it any more."""
    now = clock.now()
    await db.run(lambda tx: commands.revoke_api_keys(tx, [api_key_id], by=actor, now=now))
    async with db.transaction() as tx:
        found = await reads.list_api_keys(tx, only=[api_key_id], limit=1)
    if not found:
        refuse(Refused(Refusal.API_KEY_NOT_FOUND, "There is no such API key."), status=404)
    return found[0]


@get("/v1/roles", permission="identity:read", summary="List roles")
async def list_roles(db: Database) -> Page[Role]:
    """Return every role with what it permits."""
    async with db.reading() as tx:
        return Page(await reads.list_roles(tx))


@put(
    "/v1/roles/{role}",
    permission="identity:admin",
    summary="Set a role",
    refuses=[
        Refusal.PERMISSION_UNKNOWN,
        Refusal.PERMISSION_NOT_YOURS,
        Refusal.ROLE_IS_BUILT_IN,
        Refusal.ROLE_CHANGED_MEANWHILE,
    ],
)
async def set_role(
    db: Database, clock: Clock, access: Access, role: RoleName, data: RoleSettings
) -> Role:
    """Create a role or change it; keys that have it follow within two seconds."""
    made = await db.run(
        lambda tx: commands.set_role(
            tx, role, data, by=access.actor, grantor=access, now=clock.now()
        )
    )
    if isinstance(made, Refused):
        _refuse(made)
    return made


@delete(
    "/v1/roles/{role}",
    permission="identity:admin",
    summary="Drop a role",
    refuses=[Refusal.ROLE_NOT_FOUND, Refusal.ROLE_IS_BUILT_IN, Refusal.ROLE_IN_USE],
)
async def drop_role(db: Database, clock: Clock, actor: Actor, role: RoleName) -> Role:
    """Drop a role that no live key has; answers how it was."""
    dropped = await db.run(lambda tx: commands.drop_role(tx, role, by=actor, now=clock.now()))
    if isinstance(dropped, Refused):
        _refuse(dropped)
    return dropped


@get("/v1/audit-log", permission="identity:read", summary="Read the audit log")
async def list_audit_log(
    db: Database,
    *,
    after: After = None,
    limit: Limit = 50,
    actor_name: Text | None = None,
    subject_kind: Text | None = None,
    subject_id: Text | None = None,
    action: Text | None = None,
) -> Page[AuditEntry]:
    """Return what people and keys changed, newest first; `actor_name` is as in `key:web-shop`."""
    last = None if after is None else decode_cursor(after, tuple[UUID])[0]
    filters = reads.AuditFilters(actor_name, subject_kind, subject_id, action)
    async with db.reading() as tx:
        entries = await reads.list_audit_log(tx, filters, after=last, limit=limit + 1)
    return page_of(entries, limit, lambda entry: entry.audit_id)


ROUTES = (
    list_permissions,
    get_self,
    list_api_keys,
    create_api_key,
    revoke_api_key,
    list_roles,
    set_role,
    drop_role,
    list_audit_log,
)
