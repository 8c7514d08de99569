"""When goods can leave and when they arrive: cut-off, opening days, processing, days on the road."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from argosy.catalogue.model import Location, Network

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_working_day(location: Location, local: datetime) -> bool:
    """Return whether the location works on the local day; without any hours, Monday to Friday."""
    if not location.opening_hours:
        return local.weekday() < 5
    return bool(location.opening_hours.get(_DAYS[local.weekday()]))


def ready_at(location: Location, moment: datetime) -> datetime:
    """Return when an order that arrives at `moment` is ready to leave the location (UTC).

    An order after the local cut-off, or on a day without work, starts on the next working day at
    its opening; `processing_hours` of 24 and more count as that many working days, fewer as hours.
    """
    zone = ZoneInfo(location.time_zone)
    local = moment.astimezone(zone)
    late = location.cutoff_local is not None and local.time() > location.cutoff_local
    if late or not is_working_day(location, local):
        local = _next_working_day(location, local)
    days, hours = divmod(location.processing_hours, 24)
    for _ in range(days):
        local = _next_working_day(location, local)
    if hours:
        # Hours pass on the real clock, also in a night when the local one is moved.
        local = (local.astimezone(UTC) + timedelta(hours=hours)).astimezone(zone)
        if not is_working_day(location, local):
            local = _next_working_day(location, local)
    return local.astimezone(UTC)


def _next_working_day(location: Location, local: datetime) -> datetime:
    """Return the opening of the next day on which the location works; at most two weeks ahead."""
    day = local
    for _ in range(14):
        day = (day + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        if is_working_day(location, day):
            hours = location.opening_hours.get(_DAYS[day.weekday()]) or [("09:00", "17:00")]
            opens_hour, opens_minute = hours[0][0].split(":")[:2]
            return day.replace(hour=int(opens_hour), minute=int(opens_minute))
    return day


def arrives_at(
    network: Network, method: str, location: Location, to_country: str, leaves: datetime
) -> datetime | None:
    """Return the latest arrival of what leaves the location then; None without a transit time.

    Carriers deliver from Monday to Saturday: a day on the road that is a Sunday does not count.
    """
    transit = network.transit_between(method, location.country, to_country)
    if transit is None:
        return None
    arrival = leaves
    for _ in range(transit.max_days):
        arrival += timedelta(days=1)
        if arrival.weekday() == 6:
            arrival += timedelta(days=1)
    return arrival
