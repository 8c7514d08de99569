"""What is shown of exceptions."""

from uuid import UUID

import msgspec

from argosy.exceptions.model import Category, ExceptionStatus, ProcessException, Severity
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements(__package__)


class ExceptionFilters(msgspec.Struct, frozen=True):
    """Which exceptions; None does not narrow."""

    status: ExceptionStatus | None = None
    category: Category | None = None
    severity: Severity | None = None
    owner: str | None = None
    order_id: UUID | None = None
    subject_id: UUID | None = None
    exception_id: UUID | None = None


async def list_exceptions(
    tx: Tx, filters: ExceptionFilters, *, after: UUID | None = None, limit: int
) -> list[ProcessException]:
    """Return exceptions, newest first."""
    rows = await tx.fetch(sql("list_exceptions"), *msgspec.structs.astuple(filters), after, limit)
    return [ProcessException(**row) for row in rows]


async def find_exception(tx: Tx, exception_id: UUID) -> ProcessException | None:
    """Return one exception, None when there is none."""
    found = await list_exceptions(tx, ExceptionFilters(exception_id=exception_id), limit=1)
    return found[0] if found else None
