"""What others may ask of customers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.customers import store
from argosy.customers.model import BuyerKey
from argosy.kernel.database import Tx


async def match_customers(
    tx: Tx, wanted: Sequence[BuyerKey], now: datetime
) -> list[UUID | None]:
    """Return the customer of each buyer, made when missing; None for guests.

    A key that somebody else linked in this very moment is not visible to the first look; the
    second one sees it.
    """
    matched = await store.match_customers(tx, wanted, now)
    lost = [
        position
        for position, buyer in enumerate(wanted)
        if matched[position] is None and buyer.scope_and_key() is not None
    ]
    if lost:
        again = await store.match_customers(tx, [wanted[position] for position in lost], now)
        for position, customer_id in zip(lost, again, strict=True):
            matched[position] = customer_id
    return matched
