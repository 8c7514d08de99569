"""The catalogue's network as routing sees it at one moment."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from argosy.catalogue import Location, Network, ready_at
from argosy.fulfillment.model.routing import Lane, Place


def see_places(network: Network, now: datetime) -> dict[UUID, Place]:
    """Return the active locations: what they can do, and when work given now would leave."""
    return {
        location.location_id: _see(location, now)
        for location in network.locations.values()
        if location.active
    }


def _see(location: Location, now: datetime) -> Place:
    due_at = ready_at(location, now)
    point = None
    if location.latitude is not None and location.longitude is not None:
        point = (location.latitude, location.longitude)
    return Place(
        location_id=location.location_id,
        code=location.code,
        kind=location.kind,
        country=location.country,
        point=point,
        can_ship=location.can_ship,
        can_pickup=location.can_pickup,
        capacity=location.daily_capacity,
        order_cost_minor=location.order_cost_minor,
        priority=location.priority,
        day=due_at.astimezone(ZoneInfo(location.time_zone)).date(),
        due_at=due_at,
    )


def see_lanes(network: Network) -> dict[tuple[str, str, str], Lane]:
    """Return days and costs on the road by (method, from country, to country)."""
    return {
        key: Lane(transit.max_days, transit.cost_minor) for key, transit in network.transit.items()
    }
