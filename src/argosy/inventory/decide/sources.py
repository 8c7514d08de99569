"""From which locations a channel may promise, in order of preference. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from argosy.catalogue import Channel, DeliveryMethod, Location, Network, Sku
from argosy.inventory.model.promise import PromiseRules


def source_locations(
    network: Network,
    channel: Channel,
    method: DeliveryMethod | None,
    country: str | None,
    pickup_location_id: UUID | None,
) -> tuple[UUID, ...]:
    """Return the channel's locations that can send by `method`: the country's own come first.

    A pickup is promised only from its store. Without a method, sending is meant.
    """
    if pickup_location_id is not None:
        return (pickup_location_id,)
    is_pickup = method is not None and method.kind == "pickup"
    able: list[Location] = [
        location
        for location in network.group_locations(channel.location_group_id)
        if (location.can_pickup if is_pickup else location.can_ship)
    ]
    if country is not None:
        able.sort(key=lambda location: location.country != country)
    return tuple(location.location_id for location in able)


def channel_rules(
    channel: Channel, locations: tuple[UUID, ...], skus: Iterable[Sku], day: date
) -> PromiseRules:
    """Return what `channel` may promise from `locations` on `day`.

    SKUs that are released later are promised as pre-orders, also where stock lies already, and
    for the day of their release at the earliest. A back-order that no incoming stock covers is
    promised by the lead time of its SKU. Nothing is expected in the past.
    """
    beyond = [sku for sku in skus if sku.backorder_cap or sku.preorder_until is not None]
    released = {sku.sku_id: sku.preorder_until for sku in beyond if is_preorder(sku, day)}
    return PromiseRules(
        locations=locations,
        channel_id=channel.channel_id,
        threshold=channel.stock_threshold,
        share_percent=channel.stock_share_percent,
        backorder_allowed=channel.settings.allow_backorder,
        preorder_sku_ids=frozenset(released),
        not_before={sku.sku_id: released.get(sku.sku_id) or day for sku in beyond},
        otherwise_on={
            sku.sku_id: released.get(sku.sku_id)
            or day + timedelta(days=sku.backorder_lead_days or 0)
            for sku in beyond
            if sku.sku_id in released or sku.backorder_lead_days is not None
        },
    )


def open_rules(locations: Sequence[UUID]) -> PromiseRules:
    """Return rules without a channel: nothing is kept back, nothing is promised beyond stock."""
    return PromiseRules(locations=tuple(locations), backorder_allowed=False)


def is_preorder(sku: Sku, day: date) -> bool:
    """Return whether `sku` is released after `day`."""
    return sku.preorder_until is not None and sku.preorder_until > day


def parts_of(sku: Sku) -> tuple[tuple[UUID, int], ...]:
    """Return the stocked SKUs that one unit of `sku` takes, with the units of each."""
    if sku.kind != "physical":
        return ()
    return sku.components or ((sku.sku_id, 1),)
