"""The promise: which location can give which units. Pure, and the only place that decides it.

The promise shown to a customer, the reservation of a cart and that of a placed order all come from
`decide_promise`, so that nothing is shown that could not be reserved.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from argosy.inventory.model.promise import (
    Backordered,
    Demand,
    Promise,
    PromiseRules,
    Shortage,
    SkuStock,
    Taken,
)


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
            expected_on = _expected_on(known, rules)
            backordered.append(
                Backordered(demand.line_no, demand.sku_id, open_units, kind, expected_on)
            )
    return Promise(tuple(taken), tuple(backordered))


def _preferred(
    stock: Mapping[UUID, SkuStock], from_stock: dict[UUID, int], rules: PromiseRules
) -> tuple[UUID, ...]:
    """Put the first location that has everything in front of the others."""
    wanted = [(stock[sku_id].free, units) for sku_id, units in from_stock.items() if units]
    if not wanted:
        return rules.locations
    # With thousands of locations most have none of the scarcest SKU, and are passed over at once.
    scarcest = min((free for free, _ in wanted), key=len)
    for index, location_id in enumerate(rules.locations):
        if location_id in scarcest and all(
            free.get(location_id, 0) >= units for free, units in wanted
        ):
            if index == 0:
                return rules.locations
            return (location_id, *rules.locations[:index], *rules.locations[index + 1 :])
    return rules.locations


def _expected_on(stock: SkuStock, rules: PromiseRules) -> date | None:
    """Return the day on which the backlog so far can be served, or None when nobody knows it."""
    day = _covered_on(stock)
    if day is None:
        day = rules.otherwise_on.get(stock.sku_id)
    earliest = rules.not_before.get(stock.sku_id)
    if day is None or earliest is None:
        return day
    return max(day, earliest)


def _covered_on(stock: SkuStock) -> date | None:
    """Return the day by which incoming stock covers the whole backlog so far."""
    units = 0
    for expected_on, _, quantity in stock.incoming:
        units += quantity
        if units >= stock.backlog_units:
            return expected_on
    return None
