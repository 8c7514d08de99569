"""Promise the units of an order from the stock its channel may use. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from argosy.catalogue import Network
from argosy.inventory import (
    Demand,
    Promise,
    PromiseRules,
    Shortage,
    SkuStock,
    channel_rules,
    decide_promise,
    source_locations,
)
from argosy.orders.decide.capture import Capture
from argosy.orders.decide.faults import Fault
from argosy.orders.model import Group, Line, Refusal

RuleKey = tuple[UUID, str, str, UUID | None]


class GroupPromise(msgspec.Struct, frozen=True):
    """What was promised to one delivery group, and from which locations it could be."""

    group: Group
    rules: PromiseRules
    promise: Promise


def parts(line: Line) -> Sequence[tuple[UUID, int]]:
    """Return the stocked SKUs of a line with the units of each that one unit needs."""
    if line.kind != "physical" or line.sku_id is None:
        return ()
    return line.components or ((line.sku_id, 1),)


def stocked_skus(orders: Iterable[Capture]) -> list[UUID]:
    """Return every SKU whose stock the orders need, kits exploded, sorted."""
    return sorted({sku_id for order in orders for line in order.lines for sku_id, _ in parts(line)})


def promise_order(
    decided: Capture,
    network: Network,
    stock: Mapping[UUID, SkuStock],
    known: dict[RuleKey, PromiseRules],
) -> list[GroupPromise] | Shortage:
    """Promise every delivery group of one order from the working copy `stock`, or none of them.

    `known` keeps rules that many orders share from one call to the next.
    """
    by_group: dict[int, list[Demand]] = {}
    for line in decided.lines:
        for sku_id, per_unit in parts(line):
            by_group.setdefault(line.group_no, []).append(
                Demand(line.line_no, sku_id, line.ordered * per_unit)
            )
    promises: list[GroupPromise] = []
    for group in decided.groups:
        demands = by_group.get(group.group_no)
        if demands is None:
            continue
        rules = _rules(decided, group, demands, network, known)
        made = decide_promise(stock, demands, rules)
        if isinstance(made, Shortage):
            for earlier in promises:
                _give_back(stock, earlier.promise)
            return made
        promises.append(GroupPromise(group, rules, made))
    return promises


def _rules(
    decided: Capture,
    group: Group,
    demands: Sequence[Demand],
    network: Network,
    known: dict[RuleKey, PromiseRules],
) -> PromiseRules:
    """Return what the order's channel may promise for `group`, nearest locations first."""
    channel = decided.channel
    key = (
        channel.channel_id,
        group.method_code,
        group.ship_to.country,
        group.pickup_location_id,
    )
    shared = known.get(key)
    if shared is None:
        method = network.methods[group.method_code]
        locations = source_locations(network, channel, method, key[2], key[3])
        shared = known[key] = channel_rules(channel, locations, (), decided.placed_at.date())
    beyond = [
        sku
        for demand in demands
        if (sku := network.skus_by_id.get(demand.sku_id)) is not None
        and (sku.backorder_cap or sku.preorder_until is not None)
    ]
    if not beyond:
        return shared
    return channel_rules(channel, shared.locations, beyond, decided.placed_at.date())


def _give_back(stock: Mapping[UUID, SkuStock], promise: Promise) -> None:
    for taken in promise.taken:
        stock[taken.sku_id].free[taken.location_id] += taken.quantity
    for each in promise.backordered:
        stock[each.sku_id].backlog_left += each.quantity
        stock[each.sku_id].backlog_units -= each.quantity


def waiting_units(lines: Sequence[Line], promises: Sequence[GroupPromise]) -> dict[int, int]:
    """Return, by line, how many units wait for stock; a kit waits for its scarcest part."""
    waiting: dict[int, int] = {}
    for made in promises:
        for each in made.promise.backordered:
            per_unit = dict(parts(lines[each.line_no - 1]))[each.sku_id]
            units = -(-each.quantity // per_unit)
            waiting[each.line_no] = max(waiting.get(each.line_no, 0), units)
    return waiting


def shortage_faults(decided: Capture, shortage: Shortage, codes: Mapping[UUID, str]) -> list[Fault]:
    """Return a fault for each line that asks for a SKU of which there is too little."""
    short = {
        sku_id: shortage.available.get(sku_id, 0)
        for sku_id, units in shortage.asked.items()
        if units > shortage.available.get(sku_id, 0)
    }
    return [
        Fault(
            Refusal.OUT_OF_STOCK,
            f"/lines/{line.line_no - 1}/quantity",
            f"{codes.get(sku_id, 'A part of the kit')}: {shortage.asked[sku_id]} asked, "
            f"{short[sku_id]} can be promised.",
        )
        for line in decided.lines
        for sku_id, _ in parts(line)
        if sku_id in short
    ]
