"""Availability: what can be had where, when, and what may be promised of it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from argosy.inventory.model.promise import SkuStock
from argosy.inventory.model.stock import Code

MOST_SKUS = 1000
MOST_LOCATIONS = 500
MOST_PLACES = MOST_SKUS * MOST_LOCATIONS  # SKUs (kits exploded) times locations of one call.

Status = Literal[
    "in_stock", "back_order", "pre_order", "out_of_stock", "unlimited", "unknown", "inactive"
]


class AskedItem(Struct, frozen=True, forbid_unknown_fields=True):
    """A SKU or kit, and how many are wanted (for the promise)."""

    sku: Code
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] = 1


class Destination(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the goods would go."""

    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    postal_code: Annotated[str, Meta(max_length=20)] | None = None


class AskAvailability(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked about, and for whom.

    With a `channel`: its locations, share, thresholds and back-orders. Else with a `location_group`
    or `locations`: those. Else: all locations. `method` and `ship_to` give the promise its dates.
    """

    items: Annotated[list[AskedItem], Meta(min_length=1, max_length=MOST_SKUS)]
    channel: Code | None = None
    location_group: Code | None = None
    locations: Annotated[list[Code], Meta(max_length=MOST_LOCATIONS)] = []
    method: Code | None = None
    ship_to: Destination | None = None
    pickup_location: Code | None = None
    by_location: bool = False

    __examples__ = (
        {
            "items": [{"sku": "85123A", "quantity": 6}],
            "channel": "web",
            "ship_to": {"country": "GB"},
        },
    )


class AtLocation(Struct, frozen=True):
    """What one location has."""

    location: str
    on_hand: int
    atp: int


class FromDate(Struct, frozen=True):
    """What can be promised from a day on, with what is expected until then."""

    date: date
    atp: int


class PromisedDates(Struct, frozen=True):
    """What a buyer of the asked quantity would be told now.

    `from_locations` are where the units would come from; `waits_for` is the day incoming stock
    covers the back-ordered ones.
    """

    from_locations: list[str]
    back_ordered: int = 0
    waits_for: date | None = None
    ship_by: datetime | None = None
    deliver_by: datetime | None = None


class SkuAvailability(Struct, frozen=True):
    """What there is of one SKU or kit.

    `atp` is the sum over the locations of on hand − allocated − reserved − safety stock, none below
    zero; `sellable` is what remains of it after the channel's share and threshold; `backorder_left`
    how many more may be promised beyond stock. A kit has what its scarcest component allows.
    """

    sku: str
    status: Status
    on_hand: int = 0
    atp: int = 0
    sellable: int = 0
    backorder_left: int = 0
    future: list[FromDate] = []
    promise: PromisedDates | None = None
    locations: list[AtLocation] | None = None


class Availability(Struct, frozen=True):
    """One answer for each item asked, in order."""

    as_of: datetime
    items: list[SkuAvailability]


class StockFacts(Struct, frozen=True):
    """One SKU as it was read: what is on hand by location, and what is free."""

    stock: SkuStock
    on_hand: dict[UUID, int]
    atp: dict[UUID, int]


class Balance(Struct, frozen=True):
    """One SKU at one location; `incoming` includes what is in transit from another location."""

    sku_id: UUID
    sku: str
    location_id: UUID
    location: str
    on_hand: int
    allocated: int
    reserved: int
    safety_stock: int
    atp: int
    incoming: int
    in_transit: int
    counted_as_of: datetime | None
    changed_at: datetime
    version: int


class Movement(Struct, frozen=True):
    """One entry of the stock ledger."""

    movement_id: UUID
    sku_id: UUID
    location_id: UUID
    location: str
    kind: str
    on_hand_delta: int
    allocated_delta: int
    reserved_delta: int
    cause_kind: str
    cause_id: UUID | None
    reason: str | None
    made_by: str
    made_at: datetime


class Incoming(Struct, frozen=True):
    """Units on their way to a location; closed when they have arrived or will not."""

    incoming_id: UUID
    sku_id: UUID
    sku: str
    location_id: UUID
    location: str
    quantity: int
    received: int
    expected_on: date
    reference: str | None
    source_kind: Literal["purchase", "transfer"]
    source_id: UUID | None
    closed_at: datetime | None
    made_at: datetime
    version: int


class FeedPart(Struct, frozen=True):
    """A part of a feed that was taken in."""

    feed_id: UUID
    reference: str
    part: int
    parts: int
    mode: str
    as_of: datetime
    positions: int
    changed: int
    stale: int
    refused: list[dict[str, Any]]
    made_by: str
    made_at: datetime


class Threshold(Struct, frozen=True):
    """Units of a SKU that a channel leaves unsold."""

    sku_id: UUID
    sku: str
    threshold: int
