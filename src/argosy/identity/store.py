"""One function a statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.identity.model import ApiKey, NewKey
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.sql import Statements

sql = Statements(__package__)


class Change(msgspec.Struct, frozen=True):
    """One entry of the audit log."""

    actor: str
    action: str
    subject_kind: str
    subject_id: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    request_id: str | None = None


class AuditEntry(msgspec.Struct, frozen=True):
    """One entry as it is read."""

    audit_id: UUID
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None
    made_at: datetime


async def insert_key(
    tx: Tx, key_id: UUID, prefix: str, digest: bytes, asked: NewKey, by: str, now: datetime
) -> bool:
    """Keep a new key; False when the prefix is taken."""
    made = await tx.fetchval(
        sql("insert_key"),
        key_id,
        prefix,
        digest,
        asked.name,
        asked.permissions,
        asked.location_ids,
        asked.channel_ids,
        by,
        now,
        asked.expires_at,
    )
    return made is not None


async def find_key(tx: Tx, prefix: str) -> Any:
    """Return the row of the key with `prefix`, or None."""
    return await tx.fetchrow(sql("find_key"), prefix)


async def list_keys(tx: Tx, after: UUID | None, limit: int) -> list[ApiKey]:
    """Return keys made before `after`, newest first."""
    return [ApiKey(**row) for row in await tx.fetch(sql("list_keys"), after, limit)]


async def revoke_key(tx: Tx, key_id: UUID, now: datetime) -> str | None:
    """Revoke a key; return its name, or None when there was nothing to revoke."""
    name: str | None = await tx.fetchval(sql("revoke_key"), key_id, now)
    return name


async def note_use(tx: Tx, key_id: UUID, now: datetime) -> None:
    """Write that a key was used, at most once a minute."""
    await tx.execute(sql("note_use"), key_id, now)


async def write_audit(tx: Tx, changes: Sequence[Change], now: datetime) -> None:
    """Append entries to the audit log."""
    await tx.execute(
        sql("write_audit"),
        [new_id() for _ in changes],
        [change.actor for change in changes],
        [change.action for change in changes],
        [change.subject_kind for change in changes],
        [change.subject_id for change in changes],
        [change.before for change in changes],
        [change.after for change in changes],
        [change.request_id for change in changes],
        [now] * len(changes),
    )


async def list_audit(
    tx: Tx,
    *,
    after: UUID | None,
    actor: str | None,
    subject_kind: str | None,
    subject_id: str | None,
    limit: int,
) -> list[AuditEntry]:
    """Return entries older than `after`, newest first."""
    rows = await tx.fetch(sql("list_audit"), after, actor, subject_kind, subject_id, limit)
    return [AuditEntry(**row) for row in rows]
