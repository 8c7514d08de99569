"""Feeds: what a location reports to have."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from argosy.inventory.model.stock import Code, Moment, Natural, Reference

MOST_POSITIONS = 2000
MOST_PARTS = 10_000


class Position(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a SKU at the location of the feed."""

    sku: Code
    quantity: Natural


class Feed(Struct, frozen=True, forbid_unknown_fields=True):
    """Positions of one location as of a time; done once for each location, reference and part.

    A `delta` speaks of the SKUs that it names. A `snapshot` speaks of the whole location: when all
    of its `parts` are there, SKUs that no part named have nothing. What moved after `as_of` stays
    moved.
    """

    location: Code
    reference: Reference
    as_of: Moment
    positions: Annotated[list[Position], Meta(max_length=MOST_POSITIONS)]
    mode: Literal["delta", "snapshot"] = "delta"
    part: Annotated[int, Meta(ge=1, le=MOST_PARTS)] = 1
    parts: Annotated[int, Meta(ge=1, le=MOST_PARTS)] = 1

    __examples__ = (
        {
            "location": "LON",
            "reference": "wms-2026-01-05-10",
            "as_of": "2026-01-05T10:00:00Z",
            "positions": [{"sku": "85123A", "quantity": 31}, {"sku": "71053", "quantity": 0}],
        },
    )


class PositionRefused(Struct, frozen=True):
    """A position that was not taken, or not wholly, and why; `index` counts from 0."""

    index: int
    code: str
    detail: str
    facts: dict[str, Any] = {}


class FeedAnswer(Struct, frozen=True):
    """What became of a feed: of `positions`, how many changed a balance, and which were refused.

    `stale` positions were counted or fed with a later time before. A position that names fewer
    units than are promised to orders (`below_promised`) sets what is promised.
    """

    feed_id: UUID
    location: str
    reference: str
    part: int
    as_of: datetime
    positions: int
    changed: int
    stale: int
    refused: list[PositionRefused]
    repeated: bool = False
    complete: bool = True
    cleared: int = 0


class KnownFeed(Struct, frozen=True):
    """A part of a feed as it is kept."""

    location_id: UUID
    reference: str
    part: int
    feed_id: UUID
    mode: str
    as_of: datetime
    parts: int
    digest: bytes
    positions: int
    changed: int
    stale: int
    refused: list[dict[str, Any]]


class SetQuantity(Struct, frozen=True):
    """A quantity to be set at a place as of a time."""

    sku_id: UUID
    location_id: UUID
    quantity: int
    as_of: datetime
    cause_id: UUID
    reason: str | None = None


class Settled(Struct, frozen=True):
    """What became of the quantities of one cause.

    `told` has (row number from 1, is stale, on hand, difference, promised, short by): of every row
    of a count, of the rows of a feed that fell short.
    """

    settled: int
    changed: int
    stale: int
    told: list[tuple[int, bool, int | None, int, int, int]]
