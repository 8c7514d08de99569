"""The promise: which location can give which units. Pure, and the only place that decides it.

The promise shown to a customer, the reservation of a cart and that of a placed order all come from
`decide_promise`, so that nothing is shown that could not be reserved.
"""

from collections.abc import Mapping, Sequence
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
    """What a channel may promise from: its locations in order of preference, and its limits."""

    locations: tuple[UUID, ...]
    channel_id: UUID | None = None
    threshold: int = 0
    share_percent: int = 100
    backorder_allowed: bool = True
    preorder_sku_ids: frozenset[UUID] = frozenset()


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


def sellable(stock: SkuStock, rules: PromiseRules) -> int:
    """Return how many units of `stock` the channel may sell from its locations now."""
    free = sum(stock.free.get(location, 0) for location in rules.locations)
    if rules.share_percent < 100:
        free = free * rules.share_percent // 100
    threshold = rules.threshold
    if rules.channel_id is not None:
        threshold = stock.thresholds.get(rules.channel_id, threshold)
    return max(0, free - threshold)


def decide_promise(
    stock: Mapping[UUID, SkuStock], demands: Sequence[Demand], rules: PromiseRules
) -> Promise | Shortage:
    """Promise all of `demands` and take it from `stock`, or take nothing and say what is short.

    Demand is summed per SKU before it is compared with what is sellable, so that two lines, or a
    kit and its part, never count the same unit. One location that can give everything is preferred
    in the rules' order; else each SKU is taken from the preferred locations in turn.
    """
    asked: dict[UUID, int] = {}
    for demand in demands:
        asked[demand.sku_id] = asked.get(demand.sku_id, 0) + demand.quantity
    from_stock: dict[UUID, int] = {}
    short = False
    for sku_id, units in asked.items():
        known = stock.get(sku_id)
        if known is None:
            short = True
            continue
        now = 0 if sku_id in rules.preorder_sku_ids else min(units, sellable(known, rules))
        from_stock[sku_id] = now
        if units > now and not (rules.backorder_allowed and known.backlog_left >= units - now):
            short = True
    if short:
        return _shortage(stock, asked, rules)
    return _take(stock, demands, from_stock, rules)


def _shortage(
    stock: Mapping[UUID, SkuStock], asked: dict[UUID, int], rules: PromiseRules
) -> Shortage:
    available = {}
    for sku_id in asked:
        known = stock.get(sku_id)
        available[sku_id] = 0
        if known is not None:
            beyond = known.backlog_left if rules.backorder_allowed else 0
            available[sku_id] = beyond + sellable(known, rules)
    return Shortage(asked, available)


def _take(
    stock: Mapping[UUID, SkuStock],
    demands: Sequence[Demand],
    from_stock: dict[UUID, int],
    rules: PromiseRules,
) -> Promise:
    order = _preferred(stock, from_stock, rules)
    taken: list[Taken] = []
    backordered: list[Backordered] = []
    left = dict(from_stock)
    for demand in demands:
        known = stock[demand.sku_id]
        open_units = demand.quantity
        usable = min(open_units, left[demand.sku_id])
        left[demand.sku_id] -= usable
        open_units -= usable
        for location_id in order:
            if usable == 0:
                break
            free = known.free.get(location_id, 0)
            if free <= 0:
                continue
            units = min(usable, free)
            known.free[location_id] = free - units
            usable -= units
            taken.append(Taken(demand.line_no, demand.sku_id, location_id, units))
        assert usable == 0, "what is sellable is free somewhere"
        if open_units:
            known.backlog_left -= open_units
            known.backlog_units += open_units
            kind = "pre_order" if demand.sku_id in rules.preorder_sku_ids else "back_order"
            backordered.append(
                Backordered(demand.line_no, demand.sku_id, open_units, kind, _covered_on(known))
            )
    return Promise(tuple(taken), tuple(backordered))


def _preferred(
    stock: Mapping[UUID, SkuStock], from_stock: dict[UUID, int], rules: PromiseRules
) -> tuple[UUID, ...]:
    """Put the first location that has everything in front of the others."""
    for location_id in rules.locations:
        if all(
            stock[sku_id].free.get(location_id, 0) >= units for sku_id, units in from_stock.items()
        ):
            if location_id == rules.locations[0]:
                return rules.locations
            return (location_id, *(each for each in rules.locations if each != location_id))
    return rules.locations


def _covered_on(stock: SkuStock) -> date | None:
    """Return the day by which incoming stock covers the whole backlog so far."""
    units = 0
    for expected_on, _, quantity in stock.incoming:
        units += quantity
        if units >= stock.backlog_units:
            return expected_on
    return None
