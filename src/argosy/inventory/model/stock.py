"""What is asked of stock, row by row, and what became of it."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

MOST_UNITS = 1_000_000_000  # Of one row; a balance holds twice that.
MOST_ON_HAND = 2_000_000_000

Code = Annotated[str, Meta(min_length=1, max_length=100)]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]
Reference = Annotated[str, Meta(min_length=1, max_length=200)]
Moment = Annotated[datetime, Meta(tz=True, description="A time with its zone (RFC 3339).")]
Units = Annotated[int, Meta(ge=1, le=MOST_UNITS)]
Natural = Annotated[int, Meta(ge=0, le=MOST_UNITS)]


class Adjustment(Struct, frozen=True, forbid_unknown_fields=True):
    """Units found (+) or missing (−) at a location, and why."""

    sku: Code
    location: Code
    quantity: Annotated[int, Meta(ge=-MOST_UNITS, le=MOST_UNITS, description="Not zero.")]
    reason: Reason

    __examples__ = ({"sku": "85123A", "location": "LON", "quantity": -2, "reason": "damaged"},)


class Receipt(Struct, frozen=True, forbid_unknown_fields=True):
    """Units that arrived at a location, of what was expected (`incoming_id`) or unannounced."""

    sku: Code
    location: Code
    quantity: Units
    incoming_id: UUID | None = None
    reference: Reference | None = None

    __examples__ = ({"sku": "85123A", "location": "LON", "quantity": 48, "reference": "PO-17"},)


class Count(Struct, frozen=True, forbid_unknown_fields=True):
    """Units counted at a location, now or as of a time; what moved since then is added."""

    sku: Code
    location: Code
    quantity: Natural
    as_of: Moment | None = None
    reason: Reason | None = None

    __examples__ = ({"sku": "85123A", "location": "LON", "quantity": 31},)


class SafetyStock(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a SKU at a location that are never promised.

    Without a location: wherever the SKU lies now. Without a SKU: of all that lies there now.
    """

    quantity: Natural
    sku: Code | None = None
    location: Code | None = None

    __examples__ = ({"sku": "85123A", "location": "LON", "quantity": 2},)


class ChannelThreshold(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a SKU that a channel leaves unsold; null: the channel's own threshold again."""

    channel: Code
    sku: Code
    threshold: Natural | None

    __examples__ = ({"channel": "web", "sku": "85123A", "threshold": 5},)


class Expected(Struct, frozen=True, forbid_unknown_fields=True):
    """Units on their way to a location, with the day they are expected."""

    sku: Code
    location: Code
    quantity: Units
    expected_on: date
    reference: Reference | None = None

    __examples__ = (
        {"sku": "85123A", "location": "LON", "quantity": 480, "expected_on": "2026-02-01"},
    )


class ChangeExpected(Struct, frozen=True, forbid_unknown_fields=True):
    """What is different about expected units; `close` when the rest will not come."""

    quantity: Units | None = None
    expected_on: date | None = None
    close: bool = False

    __examples__ = ({"expected_on": "2026-02-08"},)


class StockChange(Struct, frozen=True):
    """A difference to be applied to what is on hand."""

    sku_id: UUID
    location_id: UUID
    delta: int
    reason: str | None
    cause_id: UUID | None


class Changed(Struct, frozen=True):
    """The change was done; `on_hand` is what is there now."""

    on_hand: int


class Counted(Struct, frozen=True):
    """What is on hand after a count, and how the books had to change.

    `short_by` units fewer were counted than are promised to orders: on hand stays at what is
    promised, until a rejection or a cancellation settles it.
    """

    on_hand: int
    difference: int
    short_by: int = 0


class Done(Struct, frozen=True):
    """It was done; `places` is how many balances it set, where that is of interest."""

    places: int = 0


class IncomingMade(Struct, frozen=True):
    """What is expected was written down under this id."""

    incoming_id: UUID
