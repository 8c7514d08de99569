"""Reservations of carts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from argosy.inventory.model.stock import Code, Units

LONGEST_SECONDS = 4 * 3600
MOST_LINES = 500

Seconds = Annotated[int, Meta(ge=1, le=LONGEST_SECONDS)]


class CartLine(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a SKU or kit."""

    sku: Code
    quantity: Units


class ReserveCart(Struct, frozen=True, forbid_unknown_fields=True):
    """Stock to be set aside for a cart of a channel, for at most four hours."""

    channel: Code
    lines: Annotated[list[CartLine], Meta(min_length=1, max_length=MOST_LINES)]
    ttl_seconds: Seconds = 900
    method: Code | None = None
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    pickup_location: Code | None = None

    __examples__ = (
        {"channel": "web", "lines": [{"sku": "85123A", "quantity": 6}], "ttl_seconds": 900},
    )


class ExtendCart(Struct, frozen=True, forbid_unknown_fields=True):
    """For how long from now a cart keeps what it holds."""

    ttl_seconds: Seconds = 900

    __examples__ = ({"ttl_seconds": 900},)


class HeldLine(Struct, frozen=True):
    """Units that a cart holds at a location; of a kit, its components."""

    line_no: int
    sku: str
    location: str
    quantity: int


class Cart(Struct, frozen=True):
    """What a cart holds until `expires_at`; an order takes it over by its `reservation_id`."""

    reservation_id: UUID
    channel: str
    expires_at: datetime
    lines: list[HeldLine]


class CartRow(Struct, frozen=True):
    """Units to be reserved for a cart."""

    sku_id: UUID
    owner_id: UUID
    line_no: int
    location_id: UUID
    quantity: int
    channel_id: UUID
    expires_at: datetime
