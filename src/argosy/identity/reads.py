"""What is shown of keys, roles and the audit log."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from argosy.identity.model import ApiKey, AuditEntry, Role
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements(__package__)


class AuditFilters(msgspec.Struct, frozen=True):
    """What to look for in the audit log; None does not narrow."""

    actor: str | None = None
    subject_kind: str | None = None
    subject_id: str | None = None
    action: str | None = None


async def list_api_keys(
    tx: Tx, *, after: UUID | None = None, only: Sequence[UUID] | None = None, limit: int
) -> list[ApiKey]:
    """Return keys, newest first; those of `only` when given."""
    return [ApiKey(**row) for row in await tx.fetch(sql("list_api_keys"), after, only, limit)]


async def list_roles(tx: Tx) -> list[Role]:
    """Return every role."""
    return [Role(**row) for row in await tx.fetch(sql("list_roles"), None)]


async def list_audit_log(
    tx: Tx, filters: AuditFilters, *, after: UUID | None = None, limit: int
) -> list[AuditEntry]:
    """Return entries, newest first."""
    rows = await tx.fetch(
        sql("list_audit_log"),
        after,
        filters.actor,
        filters.subject_kind,
        filters.subject_id,
        filters.action,
        limit,
    )
    return [AuditEntry(**row) for row in rows]
