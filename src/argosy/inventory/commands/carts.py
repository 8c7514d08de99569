"""Carts: stock set aside for a while, by the same promise that places orders."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from argosy.catalogue import Channel, Network, Sku
from argosy.inventory.commands.places import load_places
from argosy.inventory.decide.places import Places
from argosy.inventory.decide.promise import decide_promise
from argosy.inventory.decide.sources import channel_rules, parts_of, source_locations
from argosy.inventory.model import Refusal
from argosy.inventory.model.carts import Cart, CartRow, HeldLine, ReserveCart
from argosy.inventory.model.promise import Demand, Promise, PromiseRules, Shortage, SkuStock
from argosy.inventory.store import carts as store
from argosy.inventory.store.promise import load_stock
from argosy.kernel.database import Database, Tx
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused

MOST_TRIES = 5


class StockMoved(Exception):  # noqa: N818  (it names what happened)
    """Somebody else took the stock between the reading and the taking."""


class _Wanted(msgspec.Struct, frozen=True):
    """A cart that can be asked for: what it needs, and from where it may come."""

    channel: Channel
    demands: list[Demand]
    rules: PromiseRules


async def reserve_carts(
    db: Database,
    asked: Sequence[ReserveCart],
    *,
    channels: frozenset[UUID] | None = None,
    by: str,
    now: datetime,
) -> list[Cart | Refused]:
    """Reserve what each cart asks for, or nothing of it; one outcome each.

    `channels` are those that the caller may sell for, None for all. Opens its own transactions.
    """
    for attempt in range(MOST_TRIES):
        try:
            return await db.run(
                lambda tx, lock=attempt > 0: _reserve(  # type: ignore[misc]
                    tx, asked, channels, by=by, now=now, lock=lock
                )
            )
        except StockMoved:
            if attempt == MOST_TRIES - 1:
                raise
    raise AssertionError("unreachable")


async def _reserve(
    tx: Tx,
    asked: Sequence[ReserveCart],
    channels: frozenset[UUID] | None,
    *,
    by: str,
    now: datetime,
    lock: bool,
) -> list[Cart | Refused]:
    places = await load_places(tx, {line.sku for each in asked for line in each.lines})
    wanted = [_wanted(each, places, channels, now) for each in asked]
    sku_ids = sorted(
        {demand.sku_id for each in wanted if isinstance(each, _Wanted) for demand in each.demands}
    )
    stock = await load_stock(tx, sku_ids, lock=lock) if sku_ids else {}
    codes = {
        part.sku_id: part.code
        for sku in places.skus.values()
        for part in [sku, *_known_parts(sku, places.network)]
    }
    outcomes: list[Cart | Refused] = []
    rows: list[CartRow] = []
    for each, cart in zip(asked, wanted, strict=True):
        if isinstance(cart, Refused):
            outcomes.append(cart)
            continue
        promise = decide_promise(stock, cart.demands, cart.rules)
        if isinstance(promise, Shortage):
            outcomes.append(_out_of_stock(each, promise, places, stock))
            continue
        until = now + timedelta(seconds=each.ttl_seconds)
        made = _rows(promise, cart.channel, until)
        rows += made
        held = [
            HeldLine(
                row.line_no,
                codes.get(row.sku_id, each.lines[row.line_no - 1].sku),
                places.network.locations[row.location_id].code,
                row.quantity,
            )
            for row in made
        ]
        outcomes.append(Cart(made[0].owner_id, cart.channel.code, until, held))
    if not await store.reserve_carts(tx, rows, by=by, now=now):
        raise StockMoved
    return outcomes


def _known_parts(sku: Sku, network: Network) -> Iterable[Sku]:
    return (
        network.skus_by_id[part_id]
        for part_id, _ in sku.components
        if part_id in network.skus_by_id
    )


def _wanted(
    asked: ReserveCart, places: Places, channels: frozenset[UUID] | None, now: datetime
) -> _Wanted | Refused:
    channel = places.channel(asked.channel)
    if isinstance(channel, Refused):
        return channel
    if channels is not None and channel.channel_id not in channels:
        detail = f"There is no channel {asked.channel}."
        return Refused(Refusal.CHANNEL_UNKNOWN, detail, "/channel")
    method = None
    if asked.method is not None:
        method = places.network.methods.get(asked.method)
        if method is None:
            detail = f"There is no delivery method {asked.method}."
            return Refused(Refusal.METHOD_UNKNOWN, detail, "/method")
    pickup_id = None
    if asked.pickup_location is not None:
        pickup = places.location(asked.pickup_location, "/pickup_location")
        if isinstance(pickup, Refused):
            return pickup
        pickup_id = pickup.location_id
    locations = source_locations(places.network, channel, method, asked.country, pickup_id)
    demands: list[Demand] = []
    skus: list[Sku] = []
    for line_no, line in enumerate(asked.lines, 1):
        pointer = f"/lines/{line_no - 1}/sku"
        sku = places.skus.get(line.sku)
        if sku is None:
            return Refused(Refusal.SKU_UNKNOWN, f"There is no SKU {line.sku}.", pointer)
        parts = parts_of(sku)
        if not parts:
            detail = f"{line.sku} is {sku.kind}: it has no stock to reserve."
            return Refused(Refusal.SKU_NOT_STOCKED, detail, pointer)
        skus.append(sku)
        demands += [Demand(line_no, sku_id, line.quantity * units) for sku_id, units in parts]
    rules = channel_rules(channel, locations, skus, now.date())
    # A cart holds what lies there; what waits for stock is promised when the order is placed.
    return _Wanted(channel, demands, msgspec.structs.replace(rules, backorder_allowed=False))


def _rows(promise: Promise, channel: Channel, until: datetime) -> list[CartRow]:
    cart_id = new_id()
    units: dict[tuple[UUID, int, UUID], int] = {}
    for taken in promise.taken:
        key = (taken.sku_id, taken.line_no, taken.location_id)
        units[key] = units.get(key, 0) + taken.quantity
    return [
        CartRow(sku_id, cart_id, line_no, location_id, quantity, channel.channel_id, until)
        for (sku_id, line_no, location_id), quantity in units.items()
    ]


def _out_of_stock(
    asked: ReserveCart, shortage: Shortage, places: Places, stock: Mapping[UUID, SkuStock]
) -> Refused:
    """Say of the first line that is short how many can be had."""
    for index, line in enumerate(asked.lines):
        for sku_id, _ in parts_of(places.skus[line.sku]):
            wanted, left = shortage.asked[sku_id], shortage.available.get(sku_id, 0)
            if wanted > left or sku_id not in stock:
                detail = f"{line.sku}: {wanted} asked, {left} can be reserved."
                facts = {"sku": line.sku, "asked": wanted, "available": left}
                pointer = f"/lines/{index}/quantity"
                return Refused(Refusal.OUT_OF_STOCK, detail, pointer, facts)
    detail = "Pre-orders cannot be reserved: they are promised when the order is placed."
    return Refused(Refusal.OUT_OF_STOCK, detail, "/lines")


async def extend_carts(
    tx: Tx, asked: Sequence[tuple[UUID, int]], *, now: datetime
) -> list[datetime | Refused]:
    """Let carts (id, seconds from now) hold what they have; one outcome each: until when."""
    until = {cart_id: now + timedelta(seconds=seconds) for cart_id, seconds in asked}
    held = await store.extend_carts(tx, until, now)
    return [until[cart_id] if cart_id in held else _unknown() for cart_id, _ in asked]


async def release_carts(
    tx: Tx, cart_ids: Sequence[UUID], *, by: str, now: datetime
) -> list[Refused | None]:
    """Free what carts hold; None for each that held anything."""
    freed = await store.release_carts(tx, cart_ids, by=by, now=now)
    return [None if cart_id in freed else _unknown() for cart_id in cart_ids]


def _unknown() -> Refused:
    detail = "The reservation has expired, was released or was used: make a new one."
    return Refused(Refusal.RESERVATION_UNKNOWN, detail)
