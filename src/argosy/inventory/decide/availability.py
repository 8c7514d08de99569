"""What there is of a SKU or kit, now and later, and what a buyer would be told. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from argosy.catalogue import Network, Sku, arrives_at, ready_at
from argosy.inventory.decide.promise import decide_promise, sellable
from argosy.inventory.decide.sources import parts_of
from argosy.inventory.model.availability import (
    AtLocation,
    FromDate,
    PromisedDates,
    SkuAvailability,
    Status,
    StockFacts,
)
from argosy.inventory.model.promise import Demand, Promise, PromiseRules, Shortage, SkuStock


def decide_availability(
    sku: Sku,
    quantity: int,
    facts: Mapping[UUID, StockFacts],
    rules: PromiseRules,
    network: Network,
    *,
    by_location: bool,
) -> tuple[SkuAvailability, Promise | None]:
    """Return what there is of `sku`, and the promise for `quantity` of it if there can be one.

    The promise is made by `decide_promise`, as that of an order is, on a copy of the stock.
    """
    parts = parts_of(sku)
    if not parts:
        return SkuAvailability(sku.code, "unlimited"), None
    known = [(facts[sku_id], units) for sku_id, units in parts]
    demands = [Demand(1, sku_id, quantity * units) for sku_id, units in parts]
    copies = {sku_id: _copy(facts[sku_id].stock) for sku_id, _ in parts}
    promise = decide_promise(copies, demands, rules)
    made = None if isinstance(promise, Shortage) else promise
    waiting = any(sku_id in rules.preorder_sku_ids for sku_id, _ in parts)
    available = SkuAvailability(
        sku=sku.code,
        status=_status(sku, made, waiting=waiting),
        on_hand=min(sum(each.on_hand.values()) // units for each, units in known),
        atp=min(sum(each.atp.values()) // units for each, units in known),
        sellable=0
        if waiting
        else min(sellable(each.stock, rules) // units for each, units in known),
        backorder_left=_backorder_left(known, rules),
        future=_future(known, rules),
        locations=_places(known, rules.locations, network) if by_location else None,
    )
    return available, made


def _copy(stock: SkuStock) -> SkuStock:
    """Return a copy that a promise may take from."""
    return SkuStock(
        stock.sku_id,
        dict(stock.free),
        stock.backlog_left,
        stock.backlog_cap,
        stock.backlog_units,
        stock.incoming,
        stock.thresholds,
    )


def _status(sku: Sku, promise: Promise | None, *, waiting: bool) -> Status:
    if not sku.active:
        return "inactive"
    if promise is None:
        return "out_of_stock"
    if not promise.backordered:
        return "in_stock"
    return "pre_order" if waiting else "back_order"


def _backorder_left(known: Sequence[tuple[StockFacts, int]], rules: PromiseRules) -> int:
    if not rules.backorder_allowed:
        return 0
    return max(0, min(each.stock.backlog_left // units for each, units in known))


def _places(
    known: Sequence[tuple[StockFacts, int]], locations: Iterable[UUID], network: Network
) -> list[AtLocation]:
    """Return the locations that have any, in order of preference."""
    places = []
    for location_id in locations:
        on_hand = min(each.on_hand.get(location_id, 0) // units for each, units in known)
        atp = min(each.atp.get(location_id, 0) // units for each, units in known)
        if on_hand or atp:
            places.append(AtLocation(network.locations[location_id].code, on_hand, atp))
    return places


def _future(known: Sequence[tuple[StockFacts, int]], rules: PromiseRules) -> list[FromDate]:
    """Return what can be promised from each day on which more of it is expected.

    What arrives goes to those first who wait already.
    """
    days = sorted({day for each, _ in known for day, _, _ in each.stock.incoming})
    future: list[FromDate] = []
    for day in days:
        atp = min(_sellable_from(each.stock, day, rules) // units for each, units in known)
        future.append(FromDate(day, atp))
    return future


def _sellable_from(stock: SkuStock, day: date, rules: PromiseRules) -> int:
    arrived = sum(units for expected_on, _, units in stock.incoming if expected_on <= day)
    fresh = max(0, arrived - stock.backlog_units)
    if not fresh:
        return sellable(stock, rules)
    # Where it will lie does not matter to a sum over the locations.
    places = dict(stock.free)
    place = rules.locations[0]
    places[place] = places.get(place, 0) + fresh
    return sellable(SkuStock(stock.sku_id, places, thresholds=stock.thresholds), rules)


def decide_dates(
    promise: Promise,
    rules: PromiseRules,
    network: Network,
    *,
    method: str | None,
    country: str | None,
    pickup_location_id: UUID | None,
    now: datetime,
) -> PromisedDates:
    """Return when what is promised would leave, and arrive by `method` in `country`.

    Stock that is expected on a day can be worked on from the day after. Without a transit time, or
    for back-orders that nothing is expected for, nobody can say.
    """
    used = list(dict.fromkeys(taken.location_id for taken in promise.taken))
    leaves = [(location_id, ready_at(network.locations[location_id], now)) for location_id in used]
    waits_for: date | None = None
    undated = False
    for each in promise.backordered:
        if each.expected_on is None:
            undated = True
        elif waits_for is None or each.expected_on > waits_for:
            waits_for = each.expected_on
    if waits_for is not None and rules.locations:
        place = used[0] if used else rules.locations[0]
        there = datetime.combine(waits_for, time(), UTC) + timedelta(days=1)
        leaves.append((place, ready_at(network.locations[place], max(there, now))))
    codes = [network.locations[location_id].code for location_id in used]
    back_ordered = sum(each.quantity for each in promise.backordered)
    if undated or not leaves:
        return PromisedDates(codes, back_ordered)
    ship_by = max(moment for _, moment in leaves)
    if pickup_location_id is not None:
        return PromisedDates(codes, back_ordered, waits_for, ship_by, ship_by)
    if method is None or country is None:
        return PromisedDates(codes, back_ordered, waits_for, ship_by)
    arrivals = [
        arrives_at(network, method, network.locations[location_id], country, moment)
        for location_id, moment in leaves
    ]
    known = [arrival for arrival in arrivals if arrival is not None]
    deliver_by = max(known) if known and len(known) == len(arrivals) else None
    return PromisedDates(codes, back_ordered, waits_for, ship_by, deliver_by)
