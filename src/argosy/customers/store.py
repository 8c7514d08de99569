"""One function a statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from argosy.customers.model import BuyerKey, channel_scope, email_key
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements(__package__)


class Matched(Struct, frozen=True):
    """Whom a buyer turned out to be; `stray_email` was linked to `fresh_id`, who was not made."""

    position: int
    customer_id: UUID
    created: bool
    stray_email: str | None
    fresh_id: UUID


async def match_customers(
    tx: Tx, rows: Sequence[tuple[int, BuyerKey, UUID]], now: datetime
) -> list[Matched]:
    """Return the customer of each (position, buyer, id to make one with), made when missing."""
    buyers = [buyer for _, buyer, _ in rows]
    named = [buyer.external_id is not None for buyer in buyers]
    found = await tx.fetch(
        sql("match_customers"),
        [position for position, _, _ in rows],
        [
            channel_scope(buyer.channel_id) if known else None
            for buyer, known in zip(buyers, named, strict=True)
        ],
        [buyer.external_id for buyer in buyers],
        [None if buyer.email is None else email_key(buyer.email) for buyer in buyers],
        [fresh_id for _, _, fresh_id in rows],
        [buyer.name for buyer in buyers],
        [buyer.phone for buyer in buyers],
        now,
    )
    return [Matched(**row) for row in found]


async def rehome_emails(tx: Tx, strays: Sequence[Matched], now: datetime) -> None:
    """Lead stray e-mail addresses to the customers whom their buyers turned out to be."""
    await tx.execute(
        sql("rehome_emails"),
        [each.stray_email for each in strays],
        [each.fresh_id for each in strays],
        [each.customer_id for each in strays],
        now,
    )


async def link_identifiers(
    tx: Tx, links: Mapping[tuple[str, str], UUID], now: datetime
) -> dict[tuple[str, str], UUID]:
    """Link (scope, key) to customers; return whom each names now."""
    rows = await tx.fetch(
        sql("link_identifiers"),
        [scope for scope, _ in links],
        [key for _, key in links],
        list(links.values()),
        now,
    )
    return {(row["scope"], row["key"]): row["customer_id"] for row in rows}


async def lock_customers(tx: Tx, customer_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Lock customers; return the versions of those that exist."""
    rows = await tx.fetch(sql("lock_customers"), sorted(set(customer_ids)))
    return {row["customer_id"]: row["version"] for row in rows}


async def change_customers(
    tx: Tx, changes: Mapping[UUID, Mapping[str, Any]], now: datetime
) -> dict[UUID, tuple[int, dict[str, Any]]]:
    """Set what is known of customers; return version and what really changed of each."""
    rows = await tx.fetch(
        sql("change_customers"), list(changes), [dict(each) for each in changes.values()], now
    )
    return {row["customer_id"]: (row["version"], row["changes"]) for row in rows}
