"""What others may ask of stock."""

from datetime import datetime
from uuid import UUID

from argosy.inventory.commands.fill import fill_skus
from argosy.inventory.commands.surplus import give_back_surplus, preview_surplus
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
from argosy.inventory.store.backorders import (
    CancelBackorder,
    Release,
    cancel_backorders,
    lock_waiting,
    release_reservations,
)
from argosy.inventory.store.carts import release_carts
from argosy.inventory.store.promise import (
    QueueBackorder,
    Reserve,
    backorder_units,
    load_stock,
    reserve_units,
)
from argosy.kernel.database import Tx


async def release_cart(tx: Tx, cart_id: UUID, *, by: str, now: datetime) -> bool:
    """Give back what a cart reserved, to be taken by its order in the same transaction.

    False when the cart is unknown, has expired or was used already.
    """
    return cart_id in await release_carts(tx, [cart_id], by=by, now=now)


__all__ = [
    "Allocate",
    "CancelBackorder",
    "NotAllocated",
    "QueueBackorder",
    "Release",
    "ReleaseAllocated",
    "Reserve",
    "ShipAllocated",
    "UnshipAllocated",
    "adjust_missing",
    "backorder_units",
    "cancel_backorders",
    "convert_to_allocations",
    "fill_skus",
    "give_back_surplus",
    "load_stock",
    "lock_waiting",
    "preview_surplus",
    "release_allocations",
    "release_cart",
    "release_reservations",
    "reserve_units",
    "ship_allocations",
    "unship_allocations",
]
