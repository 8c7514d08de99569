"""What others may ask of stock."""

from datetime import datetime
from uuid import UUID

from argosy.inventory.store.allocations import (
    Allocate,
    NotAllocated,
    ReleaseAllocated,
    ShipAllocated,
    UnshipAllocated,
    adjust_missing,
    convert_to_allocations,
    release_allocations,
    ship_allocations,
    unship_allocations,
)
from argosy.inventory.store.promise import (
    QueueBackorder,
    Reserve,
    backorder_units,
    load_stock,
    release_cart_rows,
    reserve_units,
)
from argosy.kernel.database import Tx


async def release_cart(tx: Tx, cart_id: UUID, *, by: str, now: datetime) -> bool:
    """Give back what a cart reserved, to be taken by its order in the same transaction.

    False when the cart is unknown, has expired or was used already.
    """
    return await release_cart_rows(tx, cart_id, by=by, now=now) > 0


__all__ = [
    "Allocate",
    "NotAllocated",
    "QueueBackorder",
    "ReleaseAllocated",
    "Reserve",
    "ShipAllocated",
    "UnshipAllocated",
    "adjust_missing",
    "backorder_units",
    "convert_to_allocations",
    "load_stock",
    "release_allocations",
    "release_cart",
    "reserve_units",
    "ship_allocations",
    "unship_allocations",
]
