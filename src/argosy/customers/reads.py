"""What is shown of customers."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from argosy.customers.model import Customer, email_key
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements(__package__)


class CustomerFilters(msgspec.Struct, frozen=True):
    """Which customers; None does not narrow. `scope` and `external_id` go together."""

    customer_ids: Sequence[UUID] | None = None
    email: str | None = None
    scope: str | None = None
    external_id: str | None = None
    customer_group: str | None = None


async def list_customers(
    tx: Tx, filters: CustomerFilters, *, after: UUID | None = None, limit: int
) -> list[Customer]:
    """Return customers with what names them, newest first."""
    rows = await tx.fetch(
        sql("list_customers"),
        filters.customer_ids,
        None if filters.email is None else email_key(filters.email),
        filters.scope,
        filters.external_id,
        filters.customer_group,
        after,
        limit,
    )
    return [msgspec.convert(dict(row), Customer, strict=False) for row in rows]
