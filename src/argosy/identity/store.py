"""One function a statement."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.identity.model import Actor, AuditChange, KeyHeld, NewApiKey, Role, RoleSettings
from argosy.kernel.database import Tx
from argosy.kernel.ids import id_at
from argosy.kernel.sql import Statements

sql = Statements(__package__)


async def create_api_key(
    tx: Tx,
    api_key_id: UUID,
    asked: NewApiKey,
    *,
    prefix: str,
    secret_sha256: bytes,
    by: Actor,
    now: datetime,
) -> None:
    """Keep a new key."""
    await tx.execute(
        sql("create_api_key"),
        api_key_id,
        prefix,
        secret_sha256,
        asked.name,
        asked.permissions,
        asked.roles,
        asked.channel_ids,
        asked.location_ids,
        str(by),
        now,
        asked.expires_at,
    )


async def find_api_key(tx: Tx, prefix: str) -> KeyHeld | None:
    """Return the key with `prefix`, None when there is none."""
    row = await tx.fetchrow(sql("find_api_key"), prefix)
    return None if row is None else KeyHeld(**row)


async def revoke_api_keys(tx: Tx, api_key_ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """Revoke keys; return those that were not revoked before."""
    rows = await tx.fetch(sql("revoke_api_keys"), api_key_ids, now)
    return {row["api_key_id"] for row in rows}


async def note_api_key_use(tx: Tx, api_key_id: UUID, now: datetime) -> None:
    """Write that a key was used."""
    await tx.execute(sql("note_api_key_use"), api_key_id, now)


async def find_roles(tx: Tx, roles: Sequence[str]) -> list[Role]:
    """Return those of `roles` that exist."""
    return [Role(**row) for row in await tx.fetch(sql("list_roles"), roles)]


async def set_role(
    tx: Tx, role: str, asked: RoleSettings, present_version: int, now: datetime
) -> int | None:
    """Write a role; return its new version, None when it is not at `present_version` any more."""
    version: int | None = await tx.fetchval(
        sql("set_role"), role, asked.title, asked.permissions, now, present_version
    )
    return version


async def drop_role(tx: Tx, role: str, now: datetime) -> bool:
    """Drop a role; False when a live key has it."""
    return await tx.fetchval(sql("drop_role"), role, now) is not None


async def write_audit(
    tx: Tx,
    changes: Sequence[AuditChange],
    *,
    by: Actor,
    request_id: str | None,
    now: datetime,
) -> None:
    """Append entries to the audit log."""
    await tx.execute(
        sql("write_audit"),
        [id_at(now) for _ in changes],
        [change.action for change in changes],
        [change.subject_kind for change in changes],
        [change.subject_id for change in changes],
        [change.before for change in changes],
        [change.after for change in changes],
        now,
        str(by),
        request_id,
    )
