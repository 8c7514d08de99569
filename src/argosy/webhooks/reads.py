"""What is shown of endpoints, deliveries and attempts."""

from uuid import UUID

import msgspec

from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements
from argosy.webhooks.model import Attempt, Delivery, DeliveryState, Endpoint, Replayed

sql = Statements(__package__)


class DeliveryFilters(msgspec.Struct, frozen=True):
    """Which deliveries; None does not narrow."""

    endpoint_id: UUID | None = None
    state: DeliveryState | None = None
    event_name: str | None = None
    subject_id: UUID | None = None
    delivery_id: UUID | None = None


async def list_endpoints(
    tx: Tx, *, after: UUID | None = None, only: UUID | None = None, limit: int
) -> list[Endpoint]:
    """Return endpoints that are not deleted, newest first."""
    return [Endpoint(**row) for row in await tx.fetch(sql("list_endpoints"), after, only, limit)]


async def find_endpoint(tx: Tx, endpoint_id: UUID) -> Endpoint | None:
    """Return one endpoint, None when there is none."""
    found = await list_endpoints(tx, only=endpoint_id, limit=1)
    return found[0] if found else None


async def list_deliveries(
    tx: Tx, filters: DeliveryFilters, *, after: UUID | None = None, limit: int
) -> list[Delivery]:
    """Return deliveries, newest first."""
    rows = await tx.fetch(
        sql("list_deliveries"),
        filters.endpoint_id,
        filters.state,
        filters.event_name,
        filters.subject_id,
        filters.delivery_id,
        after,
        limit,
    )
    return [Delivery(**row) for row in rows]


async def list_attempts(tx: Tx, endpoint_id: UUID, delivery_id: UUID) -> list[Attempt]:
    """Return the attempts of a delivery, oldest first."""
    rows = await tx.fetch(sql("list_attempts"), endpoint_id, delivery_id)
    return [Attempt(**row) for row in rows]


async def preview_replay(
    tx: Tx, endpoint_id: UUID, first: int, last: int, *, delivered_too: bool
) -> Replayed:
    """Return what a replay would queue."""
    row = await tx.fetchrow(sql("preview_replay"), endpoint_id, first, last, delivered_too)
    assert row is not None, "counts are one row"
    return Replayed(endpoint_id, row["first_sent"], row["sent_again"])
