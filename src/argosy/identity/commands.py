"""Making, recognizing and revoking keys; setting roles; writing the audit log."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from argosy.identity import store
from argosy.identity.decide import decide_access, decide_api_key, decide_role
from argosy.identity.model import (
    Access,
    Actor,
    AuditChange,
    KeyHeld,
    MadeApiKey,
    NewApiKey,
    Refusal,
    Role,
    RoleSettings,
)
from argosy.identity.permissions import expand
from argosy.kernel.database import Tx
from argosy.kernel.ids import id_at
from argosy.kernel.refusals import Refused

_KEY = re.compile(r"argosy_(?P<prefix>[0-9a-f]{12})_(?P<secret>[A-Za-z0-9_-]{43})")
_UNKNOWN = Refused(Refusal.KEY_UNKNOWN, "There is no such API key.")


class Recognized(msgspec.Struct, frozen=True):
    """A key that opens something: what, until when, and when it was last seen used."""

    access: Access
    expires_at: datetime | None
    last_used_at: datetime | None

    def use_is_news(self, now: datetime) -> bool:
        """Return whether the use at `now` is worth writing down: once a minute it is."""
        return self.last_used_at is None or now - self.last_used_at > timedelta(minutes=1)


def _digest(secret: str) -> bytes:
    # The secret has 256 random bits: a slow digest would protect nothing more.
    return hashlib.sha256(secret.encode()).digest()


async def audit(
    tx: Tx,
    actor: Actor,
    action: str,
    *,
    subject_kind: str,
    subject_id: UUID | str,
    before: Any,
    after: Any,
    now: datetime,
) -> None:
    """Write down one thing that `actor` changed: a batch of one of `audit_changes`."""
    change = AuditChange(action, subject_kind, str(subject_id), before, after)
    await audit_changes(tx, [change], by=actor, now=now)


async def audit_changes(
    tx: Tx, changes: Sequence[AuditChange], *, by: Actor, now: datetime
) -> None:
    """Write down what `by` changed, under the id of the request at hand if there is one."""
    if changes:
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        await store.write_audit(tx, changes, by=by, request_id=request_id, now=now)


async def create_api_key(
    tx: Tx, asked: NewApiKey, *, by: Actor, grantor: Access | None = None, now: datetime
) -> MadeApiKey | Refused:
    """Make a key `argosy_<prefix>_<secret>`; the answer is the only place that tells it.

    `grantor` limits what can be given; None is the operator at the command line.
    """
    roles = await store.find_roles(tx, asked.roles)
    refused = decide_api_key(asked, roles, grantor, now)
    if refused is not None:
        return refused
    api_key_id, prefix, secret = id_at(now), secrets.token_hex(6), secrets.token_urlsafe(32)
    await store.create_api_key(
        tx, api_key_id, asked, prefix=prefix, secret_sha256=_digest(secret), by=by, now=now
    )
    change = AuditChange("create_api_key", "api_key", str(api_key_id), None, asked)
    await audit_changes(tx, [change], by=by, now=now)
    key = f"argosy_{prefix}_{secret}"
    return MadeApiKey(api_key_id, asked.name, key, asked.permissions, asked.roles, asked.expires_at)


async def revoke_api_keys(
    tx: Tx, api_key_ids: Sequence[UUID], *, by: Actor, now: datetime
) -> set[UUID]:
    """Revoke keys for good; return those that were live until now."""
    revoked = await store.revoke_api_keys(tx, api_key_ids, now)
    changes = [
        AuditChange("revoke_api_key", "api_key", str(each), None, {"revoked_at": now})
        for each in sorted(revoked)
    ]
    await audit_changes(tx, changes, by=by, now=now)
    return revoked


async def recognize(tx: Tx, key: str, now: datetime) -> Recognized | Refused:
    """Return what `key` opens, or why it opens nothing."""
    match = _KEY.fullmatch(key)
    if match is None:
        return _UNKNOWN
    held = await store.find_api_key(tx, match["prefix"])
    if held is None or not hmac.compare_digest(held.secret_sha256, _digest(match["secret"])):
        return _UNKNOWN
    refused = decide_access(held, now)
    if refused is not None:
        return refused
    return Recognized(_access_of(held), held.expires_at, held.last_used_at)


def _access_of(held: KeyHeld) -> Access:
    return Access(
        held.api_key_id,
        Actor("key", held.name),
        expand([*held.permissions, *held.role_permissions]),
        None if held.channel_ids is None else frozenset(held.channel_ids),
        None if held.location_ids is None else frozenset(held.location_ids),
    )


async def note_use(tx: Tx, recognized: Recognized, now: datetime) -> None:
    """Write that a key was used; once a minute, however many servers see it used."""
    key_id = recognized.access.api_key_id
    assert key_id is not None, "what was recognized is a key"
    await store.note_api_key_use(tx, key_id, now)


async def set_role(
    tx: Tx,
    role: str,
    asked: RoleSettings,
    *,
    by: Actor,
    grantor: Access | None = None,
    now: datetime,
) -> Role | Refused:
    """Create or change a role; keys that have it follow within seconds."""
    found = await store.find_roles(tx, [role])
    present = found[0] if found else None
    refused = decide_role(asked, present, grantor)
    if refused is not None:
        return refused
    version = await store.set_role(tx, role, asked, present.version if present else 0, now)
    if version is None:
        detail = f"Somebody else changed the role {role} at the same moment."
        return Refused(Refusal.ROLE_CHANGED_MEANWHILE, detail)
    change = AuditChange("set_role", "role", role, present, asked)
    await audit_changes(tx, [change], by=by, now=now)
    return Role(role, asked.title, asked.permissions, False, version)


async def drop_role(tx: Tx, role: str, *, by: Actor, now: datetime) -> Role | Refused:
    """Drop a role that no live key has; return how it was."""
    found = await store.find_roles(tx, [role])
    if not found:
        return Refused(Refusal.ROLE_NOT_FOUND, f"There is no role {role}.")
    if found[0].built_in:
        return Refused(Refusal.ROLE_IS_BUILT_IN, f"The role {role} cannot be dropped.")
    if not await store.drop_role(tx, role, now):
        return Refused(Refusal.ROLE_IN_USE, f"API keys have the role {role}; revoke them first.")
    change = AuditChange("drop_role", "role", role, found[0])
    await audit_changes(tx, [change], by=by, now=now)
    return found[0]
