"""From which locations a group may be promised, and the dates the buyer is told. Pure."""

from datetime import datetime, time, timedelta
from uuid import UUID

from argosy.catalogue import Location, Network, arrives_at, ready_at
from argosy.inventory import Promise, PromiseRules
from argosy.orders.decide.capture import Capture
from argosy.orders.model import Group, Line


def promise_rules(decided: Capture, group: Group, network: Network) -> PromiseRules:
    """Return what the order's channel may promise for `group`, nearest locations first.

    Within the recipient's country first, then by the location's priority; a pickup is promised
    only from its store.
    """
    channel = decided.channel
    method = network.methods[group.method_code]
    if group.pickup_location_id is not None:
        locations: tuple[UUID, ...] = (group.pickup_location_id,)
    else:
        country = group.ship_to.country
        able = [
            location
            for location in network.group_locations(channel.location_group_id)
            if (location.can_pickup if method.kind == "pickup" else location.can_ship)
        ]
        able.sort(key=lambda location: location.country != country)
        locations = tuple(location.location_id for location in able)
    day = decided.placed_at.date()
    waiting = frozenset(
        line.sku_id
        for line in decided.lines
        if line.sku_id is not None
        and (sku := network.skus_by_id.get(line.sku_id)) is not None
        and sku.preorder_until is not None
        and sku.preorder_until > day
    )
    return PromiseRules(
        locations=locations,
        channel_id=channel.channel_id,
        threshold=channel.stock_threshold,
        share_percent=channel.stock_share_percent,
        backorder_allowed=channel.settings.allow_backorder,
        preorder_sku_ids=waiting,
    )


def date_groups(
    groups: list[Group],
    lines: list[Line],
    promise: Promise,
    placed_at: datetime,
    network: Network,
) -> datetime | None:
    """Write ship-by and delivery dates on groups and lines; return the order's last delivery.

    A group is promised for the day its slowest line arrives; back-ordered lines count from the day
    their stock is expected, and leave the group without a date when nobody knows it.
    """
    group_of = {line.line_no: line.group_no for line in lines}
    by_line = {line.line_no: line for line in lines}
    ready: dict[tuple[UUID, int], datetime] = {}
    for taken in promise.taken:
        group = groups[group_of[taken.line_no] - 1]
        location = network.locations[taken.location_id]
        leaves = _ready(ready, location, placed_at)
        _promise(group, by_line[taken.line_no], location, leaves, network)
        used = group.basis.setdefault("locations", [])
        if location.code not in used:
            used.append(location.code)
    undated = set()
    for waiting in promise.backordered:
        group = groups[group_of[waiting.line_no] - 1]
        if waiting.expected_on is None:
            undated.add(group.group_no)
            by_line[waiting.line_no].promised_at = None
            continue
        location = network.locations[_any_location(network, group, promise)]
        arrives = datetime.combine(waiting.expected_on, time(), placed_at.tzinfo)
        leaves = ready_at(location, arrives + timedelta(days=1))
        _promise(group, by_line[waiting.line_no], location, leaves, network)
    latest: datetime | None = None
    for group in groups:
        if group.group_no in undated:
            group.promised_at = group.promised_ship_by = None
            group.basis = group.basis | {"waits_for": "stock without a date"}
        elif group.promised_at is not None and (latest is None or group.promised_at > latest):
            latest = group.promised_at
    return None if undated else latest


def _ready(
    known: dict[tuple[UUID, int], datetime], location: Location, moment: datetime
) -> datetime:
    """Return `ready_at`, remembered for the lines of one order."""
    key = (location.location_id, 0)
    found = known.get(key)
    if found is None:
        found = known[key] = ready_at(location, moment)
    return found


def _any_location(network: Network, group: Group, promise: Promise) -> UUID:
    """Return a location to reckon from: one that gives something, else the first there is."""
    if group.pickup_location_id is not None:
        return group.pickup_location_id
    if promise.taken:
        return promise.taken[0].location_id
    return next(iter(network.locations))


def _promise(
    group: Group, line: Line, location: Location, leaves: datetime, network: Network
) -> None:
    if group.pickup_location_id is not None:
        arrives: datetime | None = leaves
    else:
        arrives = arrives_at(network, group.method_code, location, group.ship_to.country, leaves)
    if group.promised_ship_by is None or leaves > group.promised_ship_by:
        group.promised_ship_by = leaves
    if arrives is None:
        return
    if line.promised_at is None or arrives > line.promised_at:
        line.promised_at = arrives
    if group.promised_at is None or arrives > group.promised_at:
        group.promised_at = arrives
