"""Loading what routing is decided over, in few statements for many groups."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from argosy.catalogue import Network
from argosy.catalogue.door import network as load_network
from argosy.fulfillment.decide.network import see_lanes, see_places
from argosy.fulfillment.decide.settings import RoutingSettings, read_settings
from argosy.fulfillment.model.routing import Demand, Group, Lane, Part, Place, Supply
from argosy.fulfillment.store import routing as store
from argosy.kernel.database import Tx


class RoutingFacts(msgspec.Struct):
    """Everything a batch of groups is routed over; `supply` is used up by planning."""

    groups: list[Group]
    places: dict[UUID, Place]
    lanes: dict[tuple[str, str, str], Lane]
    supply: Supply
    settings: RoutingSettings
    network: Network
    attempts: dict[store.GroupKey, int]


async def load_facts(
    tx: Tx, keys: Sequence[store.GroupKey], now: datetime, asked: Sequence[Group] = ()
) -> RoutingFacts:
    """Load the groups `keys` and what they are routed over; `asked` are hypothetical groups."""
    network = await load_network(tx)
    order_ids = sorted({order_id for order_id, _ in keys})
    rows = await store.load_groups(tx, keys) if keys else []
    own, backordered = _own_stock(await store.load_own_stock(tx, order_ids) if keys else [])
    places = see_places(network, now)
    days = sorted({place.day for place in places.values()})
    limits = await store.load_limits(tx, order_ids, days)
    settings = _with_channels(read_settings(limits.settings), network)
    groups = [
        _group(list(lines), network, backordered, limits.exclusions)
        for _, lines in groupby(rows, key=lambda row: (row["order_id"], row["group_no"]))
    ]
    groups = [*groups, *asked]
    sku_ids = {
        part.sku_id
        for group in groups
        for demand in group.demands
        if demand.stocked
        for part in demand.parts
    }
    free = await store.load_free_stock(tx, sorted(sku_ids))
    assigned = {
        place.location_id: limits.loads.get((place.location_id, place.day), 0)
        for place in places.values()
    }
    return RoutingFacts(
        groups=groups,
        places=places,
        lanes=see_lanes(network),
        supply=Supply(free, own, assigned),
        settings=settings,
        network=network,
        attempts={(row["order_id"], row["group_no"]): row["routing_attempts"] for row in rows},
    )


def _with_channels(settings: RoutingSettings, network: Network) -> RoutingSettings:
    """Let channels that never part-ship wait, unless the routing settings say otherwise."""
    return settings.patient_on(
        channel.code for channel in network.channels.values() if not channel.settings.part_ship
    )


OwnStock = dict[tuple[UUID, int, UUID], dict[UUID, int]]
Backordered = dict[tuple[UUID, int], dict[UUID, int]]


def _own_stock(rows: Sequence[Any]) -> tuple[OwnStock, Backordered]:
    own: OwnStock = {}
    backordered: Backordered = {}
    for order_id, line_no, sku_id, location_id, quantity in rows:
        if location_id is None:
            waiting = backordered.setdefault((order_id, line_no), {})
            waiting[sku_id] = waiting.get(sku_id, 0) + quantity
        else:
            own.setdefault((order_id, line_no, sku_id), {})[location_id] = quantity
    return own, backordered


def _group(
    rows: Sequence[Any],
    network: Network,
    backordered: Backordered,
    exclusions: dict[store.GroupKey, set[UUID]],
) -> Group:
    head = rows[0]
    order_id, group_no = head["order_id"], head["group_no"]
    channel = network.channels[head["channel_id"]]
    method = network.methods.get(head["method_code"])
    demands, waiting, unnamed = _demands(rows, backordered)
    point = None
    if head["latitude"] is not None and head["longitude"] is not None:
        point = (head["latitude"], head["longitude"])
    return Group(
        order_id=order_id,
        group_no=group_no,
        channel_code=channel.code,
        places=network.groups.get(channel.location_group_id, ()),
        method_code=head["method_code"],
        method_kind=method.kind if method else "ship",
        country=head["country"],
        placed_at=head["placed_at"],
        demands=tuple(demands),
        point=point,
        ship_by=head["promised_ship_by"],
        deliver_by=head["promised_at"],
        pickup_location_id=head["pickup_location_id"],
        excluded=frozenset(exclusions.get((order_id, group_no), ())),
        backordered=waiting,
        unnamed=unnamed,
    )


def _demands(rows: Sequence[Any], backordered: Backordered) -> tuple[list[Demand], int, int]:
    """Return what wants a location now, and how many units wait for stock or for a SKU instead."""
    demands, waiting, unnamed = [], 0, 0
    for row in rows:
        if row["line_no"] is None:
            continue  # A group without open lines.
        if row["sku_id"] is None:
            unnamed += row["units"]
            continue
        parts: tuple[Part, ...]
        if row["components"] is None:
            parts = (Part(row["sku_id"], row["sku_code"], 1),)
        else:
            parts = tuple(Part(UUID(sku), code, per) for sku, code, per in row["components"])
        short = backordered.get((row["order_id"], row["line_no"]), {})
        missing = max((-(-short.get(part.sku_id, 0) // part.per_unit) for part in parts), default=0)
        missing = min(missing, row["units"])
        waiting += missing
        if row["units"] > missing:
            stocked = row["kind"] == "physical"
            demands.append(Demand(row["line_no"], row["units"] - missing, parts, stocked))
    return demands, waiting, unnamed
