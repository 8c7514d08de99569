"""When goods can leave and when they arrive: opening hours, cut-off, processing, transit."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from argosy.catalogue.decide.checks import WEEKDAYS
from argosy.catalogue.model import Location, Network, Transit

_OFFICE_HOURS = ((9 * 60, 17 * 60),)
_LONGEST_SEARCH = 8  # A location that opens at all opens within a week.
_SUNDAY = 6


def opening_spans(location: Location, day: date) -> tuple[tuple[int, int], ...]:
    """Return when the location is open on a local day, in minutes of the local clock.

    Without any hours it is Monday to Friday from nine to five.
    """
    if not location.opening_hours:
        return _OFFICE_HOURS if day.weekday() < 5 else ()
    return tuple(
        (_minutes(opens), _minutes(closes))
        for opens, closes in location.opening_hours.get(WEEKDAYS[day.weekday()], ())
    )


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:5])


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return a moment (UTC) of the local clock; 24:00 is the next midnight.

    A time that the clock skips in spring is the moment it would have been, an hour later; of a
    time that comes twice in autumn it is the first.
    """
    if minutes >= 24 * 60:
        day, minutes = day + timedelta(days=1), minutes - 24 * 60
    return datetime.combine(day, time(minutes // 60, minutes % 60), zone).astimezone(UTC)


def ready_at(location: Location, moment: datetime) -> datetime:
    """Return when an order that arrives at `moment` is ready to leave the location (UTC).

    Work begins in the first opening span that has not ended; an order after the day's cut-off
    begins on the next open day. `processing_hours` are whole days of 24, each as many open days
    later at the same time of day (within that day's hours), and hours, which pass only while the
    location is open. A location that never opens is taken to be open always.
    """
    zone = ZoneInfo(location.time_zone)
    local = moment.astimezone(zone)
    late = location.cutoff_local is not None and local.time() > location.cutoff_local
    days, hours = divmod(location.processing_hours, 24)
    started = _first_open(location, zone, moment, local.date() + timedelta(days=late))
    if started is None:
        return moment.astimezone(UTC) + timedelta(hours=location.processing_hours)
    ready = started
    for _ in range(days):
        ready = _next_open_day(location, zone, ready)
    return _work(location, zone, ready, timedelta(hours=hours)) if hours else ready


def _first_open(location: Location, zone: ZoneInfo, moment: datetime, day: date) -> datetime | None:
    """Return the first moment from `moment` and `day` on when the location is open."""
    for ahead in range(_LONGEST_SEARCH):
        each = day + timedelta(days=ahead)
        for opens, closes in opening_spans(location, each):
            if _at(each, closes, zone) > moment:
                return max(_at(each, opens, zone), moment.astimezone(UTC))
    return None


def _next_open_day(location: Location, zone: ZoneInfo, moment: datetime) -> datetime:
    """Return the same time of day on the next open day, moved into that day's hours."""
    local = moment.astimezone(zone)
    day = local.date()
    minute = local.hour * 60 + local.minute
    for _ in range(_LONGEST_SEARCH):
        day += timedelta(days=1)
        spans = opening_spans(location, day)
        if not spans:
            continue
        for opens, closes in spans:
            if minute <= closes:
                return _at(day, max(minute, opens), zone)
        return _at(day, spans[-1][1], zone)
    raise AssertionError("a location that is open on one day is open on another within a week")


def _work(location: Location, zone: ZoneInfo, moment: datetime, left: timedelta) -> datetime:
    """Return when `left` of open time has passed since `moment`, by the real clock."""
    day = moment.astimezone(zone).date()
    while True:
        for opens, closes in opening_spans(location, day):
            begins, ends = max(_at(day, opens, zone), moment), _at(day, closes, zone)
            if begins >= ends:
                continue
            if left <= ends - begins:
                return begins + left
            left -= ends - begins
        day += timedelta(days=1)


def transit_days(
    network: Network, method: str, from_country: str, to_country: str
) -> Transit | None:
    """Return days and cost on the road, the more exact entry first; None when there is none."""
    return network.transit_between(method, from_country, to_country)


def deliver_by(
    network: Network, method: str, location: Location, to_country: str, leaves: datetime
) -> tuple[datetime, datetime] | None:
    """Return the earliest and latest arrival of what leaves then (UTC); None without transit.

    Carriers do not deliver on Sundays of the place the goods leave from: such a day does not count.
    """
    transit = network.transit_between(method, location.country, to_country)
    if transit is None:
        return None
    local = leaves.astimezone(ZoneInfo(location.time_zone))
    first = _delivery_day(local.date(), transit.min_days)
    last = _delivery_day(local.date(), transit.max_days)
    return _on(local, first), _on(local, last)


def _delivery_day(day: date, days: int) -> date:
    """Return the day that is `days` delivery days after `day`, itself never a Sunday."""
    if day.weekday() == _SUNDAY:
        day += timedelta(days=1)
    weeks, rest = divmod(days, 6)
    day += timedelta(weeks=weeks, days=rest)
    return day + timedelta(days=1) if day.weekday() < rest or day.weekday() == _SUNDAY else day


def _on(local: datetime, day: date) -> datetime:
    """Return the local time of day of `local` on another day, in UTC."""
    return datetime.combine(day, local.time(), local.tzinfo).astimezone(UTC)


def arrives_at(
    network: Network, method: str, location: Location, to_country: str, leaves: datetime
) -> datetime | None:
    """Return the latest arrival of what leaves the location then; None without a transit time."""
    arrivals = deliver_by(network, method, location, to_country, leaves)
    return None if arrivals is None else arrivals[1]
