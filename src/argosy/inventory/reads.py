"""What can be seen of stock: availability, balances, movements, and everything on its way."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from argosy.catalogue import Channel, Network, Sku, door as catalogue
from argosy.inventory.decide.availability import decide_availability, decide_dates
from argosy.inventory.decide.places import Places
from argosy.inventory.decide.sources import (
    channel_rules,
    open_rules,
    parts_of,
    source_locations,
)
from argosy.inventory.model import Refusal
from argosy.inventory.model.availability import (
    MOST_PLACES,
    AskAvailability,
    Availability,
    Balance,
    FeedPart,
    Incoming,
    Movement,
    SkuAvailability,
    Threshold,
)
from argosy.inventory.model.carts import Cart, HeldLine
from argosy.inventory.model.promise import PromiseRules
from argosy.inventory.model.transfers import Transfer, TransferLineView
from argosy.inventory.store import views as store
from argosy.kernel.database import Tx
from argosy.kernel.refusals import Refused

Ids = Sequence[UUID] | None


class _Question(msgspec.Struct, frozen=True):
    """What an availability question comes down to."""

    channel: Channel | None
    locations: tuple[UUID, ...]
    method: str | None
    pickup_id: UUID | None


async def find_availability(
    tx: Tx,
    asked: AskAvailability,
    *,
    channels: frozenset[UUID] | None = None,
    reach: frozenset[UUID] | None = None,
    now: datetime,
) -> Availability | Refused:
    """Answer for each item what there is and what would be promised, in two or three statements.

    Each item by itself: two items never compete. `channels` and `reach` limit who asks.
    """
    network = await catalogue.network(tx)
    skus = await catalogue.skus_by_code(tx, {item.sku for item in asked.items}, known=network)
    question = _question(asked, Places(network, skus, reach), channels)
    if isinstance(question, Refused):
        return question
    wanted = {sku_id for sku in skus.values() for sku_id, _ in parts_of(sku)}
    if len(wanted) * len(question.locations) > MOST_PLACES:
        detail = f"SKUs (kits by component) times locations may be up to {MOST_PLACES:,}."
        return Refused(Refusal.TOO_MANY_POSITIONS, detail, "/items")
    parts = await catalogue.skus_by_id(tx, wanted, known=network)
    channel_id = None if question.channel is None else question.channel.channel_id
    facts = await store.load_availability(tx, wanted, list(question.locations), channel_id)
    country = None if asked.ship_to is None else asked.ship_to.country
    items: list[SkuAvailability] = []
    for item in asked.items:
        sku = skus.get(item.sku)
        if sku is None:
            items.append(SkuAvailability(item.sku, "unknown"))
            continue
        rules = _rules(question, [sku, *(parts[part] for part, _ in sku.components)], now)
        available, promise = decide_availability(
            sku, item.quantity, facts, rules, network, by_location=asked.by_location
        )
        if promise is not None and sku.active:
            dates = decide_dates(
                promise,
                rules,
                network,
                method=question.method,
                country=country,
                pickup_location_id=question.pickup_id,
                now=now,
            )
            available = msgspec.structs.replace(available, promise=dates)
        items.append(available)
    return Availability(now, items)


def _rules(question: _Question, skus: Sequence[Sku], now: datetime) -> PromiseRules:
    if question.channel is None:
        return open_rules(question.locations)
    return channel_rules(question.channel, question.locations, skus, now.date())


def _question(
    asked: AskAvailability, places: Places, channels: frozenset[UUID] | None
) -> _Question | Refused:
    network = places.network
    channel: Channel | None = None
    if asked.channel is not None:
        found = places.channel(asked.channel)
        if isinstance(found, Refused):
            return found
        channel = found
    if channels is not None and (channel is None or channel.channel_id not in channels):
        detail = "Name a channel that the key is meant for."
        return Refused(Refusal.CHANNEL_UNKNOWN, detail, "/channel")
    code = asked.method
    if code is None and channel is not None:
        code = channel.settings.default_method
    method = None if code is None else network.methods.get(code)
    if asked.method is not None and method is None:
        detail = f"There is no delivery method {asked.method}."
        return Refused(Refusal.METHOD_UNKNOWN, detail, "/method")
    pickup_id = None
    if asked.pickup_location is not None:
        pickup = places.location(asked.pickup_location, "/pickup_location")
        if isinstance(pickup, Refused):
            return pickup
        pickup_id = pickup.location_id
    named = _named(asked, places)
    if isinstance(named, Refused):
        return named
    country = None if asked.ship_to is None else asked.ship_to.country
    if channel is not None:
        locations = source_locations(network, channel, method, country, pickup_id)
        if named is not None:
            locations = tuple(each for each in locations if each in named)
    else:
        locations = _all_locations(network, named, country, pickup_id)
    if places.reach is not None:
        reach = places.reach
        locations = tuple(each for each in locations if each in reach)
    return _Question(channel, locations, None if method is None else method.code, pickup_id)


def _named(asked: AskAvailability, places: Places) -> frozenset[UUID] | Refused | None:
    """Return the locations that the question is limited to, None for all."""
    named: set[UUID] = set()
    if asked.location_group is not None:
        group = places.network.named_groups.get(asked.location_group)
        if group is None:
            detail = f"There is no location group {asked.location_group}."
            return Refused(Refusal.LOCATION_GROUP_UNKNOWN, detail, "/location_group")
        named.update(group.location_ids)
    for index, code in enumerate(asked.locations):
        location = places.location(code, f"/locations/{index}")
        if isinstance(location, Refused):
            return location
        named.add(location.location_id)
    return frozenset(named) if asked.locations or asked.location_group is not None else None


def _all_locations(
    network: Network,
    named: frozenset[UUID] | None,
    country: str | None,
    pickup_id: UUID | None,
) -> tuple[UUID, ...]:
    """Return active locations without a channel: those of the country first, then by priority."""
    if pickup_id is not None:
        return (pickup_id,)
    able = [
        each
        for each in network.locations.values()
        if each.active and (named is None or each.location_id in named)
    ]
    able.sort(key=lambda each: (country is not None and each.country != country, each.priority))
    return tuple(each.location_id for each in able)


async def list_balances(
    tx: Tx, sku_ids: Ids, location_ids: Ids, after: tuple[UUID, UUID] | None, limit: int
) -> list[Balance]:
    """Return balances by SKU and location, with what is in transit to them and expected."""
    rows = await store.list_balances(tx, sku_ids, location_ids, after or (None, None), limit)
    network = await catalogue.network(tx)
    return [Balance(location=network.locations[row["location_id"]].code, **row) for row in rows]


async def list_movements(
    tx: Tx, sku_id: UUID, location_ids: Ids, before: tuple[datetime, UUID] | None, limit: int
) -> list[Movement]:
    """Return the ledger of one SKU, newest first."""
    rows = await store.list_movements(tx, sku_id, location_ids, before or (None, None), limit)
    network = await catalogue.network(tx)
    return [Movement(location=network.locations[row["location_id"]].code, **row) for row in rows]


async def list_incoming(
    tx: Tx, sku_ids: Ids, location_ids: Ids, *, closed_too: bool, after: UUID | None, limit: int
) -> list[Incoming]:
    """Return what is on its way, in the order it was written down."""
    rows = await store.list_incoming(
        tx, sku_ids, location_ids, closed_too=closed_too, after=after, limit=limit
    )
    network = await catalogue.network(tx)
    return [Incoming(location=network.locations[row["location_id"]].code, **row) for row in rows]


async def list_transfers(
    tx: Tx,
    *,
    transfer_ids: Ids = None,
    state: str | None = None,
    location_ids: Ids = None,
    before: UUID | None = None,
    limit: int,
) -> list[Transfer]:
    """Return transfers with their lines, newest first."""
    rows = await store.list_transfers(
        tx,
        transfer_ids=transfer_ids,
        state=state,
        location_ids=location_ids,
        before=before,
        limit=limit,
    )
    network = await catalogue.network(tx)
    return [
        Transfer(
            from_location=network.locations[row.pop("from_location_id")].code,
            to_location=network.locations[row.pop("to_location_id")].code,
            lines=msgspec.convert(row.pop("lines"), list[TransferLineView]),
            **row,
        )
        for row in rows
    ]


async def list_feeds(
    tx: Tx, location_id: UUID, after: tuple[str, int] | None, limit: int
) -> list[FeedPart]:
    """Return what a location has fed, by reference and part."""
    rows = await store.list_feeds(tx, location_id, after or (None, None), limit)
    return [
        FeedPart(**{name: value for name, value in row.items() if name != "location_id"})
        for row in rows
    ]


async def list_channel_thresholds(
    tx: Tx, channel_id: UUID, after: UUID | None, limit: int
) -> list[Threshold]:
    """Return what a channel leaves unsold of single SKUs."""
    rows = await store.list_channel_thresholds(tx, channel_id, after, limit)
    return [Threshold(**row) for row in rows]


async def get_cart(tx: Tx, cart_id: UUID, now: datetime) -> tuple[UUID, Cart] | None:
    """Return the channel's id and what a cart holds; None when it is unknown or has expired."""
    rows = await store.get_cart(tx, cart_id)
    if not rows or rows[0]["expires_at"] <= now:
        return None
    network = await catalogue.network(tx)
    head = rows[0]
    lines = [
        HeldLine(
            row["line_no"],
            row["sku"],
            network.locations[row["location_id"]].code,
            row["quantity"],
        )
        for row in rows
    ]
    channel_id: UUID = head["channel_id"]
    code = network.channels[channel_id].code
    return channel_id, Cart(cart_id, code, head["expires_at"], lines)
