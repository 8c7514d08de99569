"""One function a statement."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.customers.model import BuyerKey
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.sql import Statements

sql = Statements(__package__)


async def match_customers(
    tx: Tx, wanted: Sequence[BuyerKey], now: datetime
) -> list[UUID | None]:
    """Return the customer of each buyer, made when missing; None for guests."""
    rows = [
        (position, *key, new_id(), buyer)
        for position, buyer in enumerate(wanted)
        if (key := buyer.scope_and_key()) is not None
    ]
    matched: list[UUID | None] = [None] * len(wanted)
    if not rows:
        return matched
    for position, customer_id in await tx.fetch(
        sql("match_customers"),
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
        [row[4].name for row in rows],
        [row[4].email for row in rows],
        [row[4].phone for row in rows],
        now,
    ):
        matched[position] = customer_id
    return matched
