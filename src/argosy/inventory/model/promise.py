"""The nouns of the promise: what is free, what is asked for, and what may be promised."""

from datetime import date
from uuid import UUID

import msgspec


class SkuStock(msgspec.Struct):
    """What is free of one SKU, as a working copy: a promise that is kept takes from it.

    `free` is, by location, on hand − allocated − reserved − safety stock, never below zero.
    `backlog_left` is how many units may still be sold beyond stock. `incoming` is what is expected
    and not yet promised, earliest first. `threshold` is what the channel in question leaves unsold
    (None: the channel's own).
    """

    sku_id: UUID
    free: dict[UUID, int]
    backlog_left: int = 0
    backlog_cap: int = 0
    backlog_units: int = 0
    incoming: list[tuple[date, UUID, int]] = []
    thresholds: dict[UUID, int] = {}


class Demand(msgspec.Struct, frozen=True):
    """Units of one SKU for one line, kits already exploded."""

    line_no: int
    sku_id: UUID
    quantity: int


class PromiseRules(msgspec.Struct, frozen=True):
    """What a channel may promise from: its locations in order of preference, and its limits.

    Units beyond stock are expected when incoming stock covers them, but not before the day of
    `not_before`; where nothing is incoming, on the day of `otherwise_on`, if there is one.
    """

    locations: tuple[UUID, ...]
    channel_id: UUID | None = None
    threshold: int = 0
    share_percent: int = 100
    backorder_allowed: bool = True
    preorder_sku_ids: frozenset[UUID] = frozenset()
    not_before: dict[UUID, date] = {}
    otherwise_on: dict[UUID, date] = {}


class Taken(msgspec.Struct, frozen=True):
    """Units promised from the stock of one location."""

    line_no: int
    sku_id: UUID
    location_id: UUID
    quantity: int


class Backordered(msgspec.Struct, frozen=True):
    """Units promised beyond stock; `expected_on` is when incoming stock covers them, if known."""

    line_no: int
    sku_id: UUID
    quantity: int
    kind: str
    expected_on: date | None


class Promise(msgspec.Struct, frozen=True):
    """Every unit of the demand, either taken from a location or back-ordered."""

    taken: tuple[Taken, ...]
    backordered: tuple[Backordered, ...]


class Shortage(msgspec.Struct, frozen=True):
    """The demand cannot be met: by SKU, how many were asked and how many could be had."""

    asked: dict[UUID, int]
    available: dict[UUID, int]
