"""When a location does work that it is given now: cut-off, opening hours, processing time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FAR = 14  # Days looked ahead for an open one; who is closed longer counts as open.


class WorkingHours(msgspec.Struct, frozen=True):
    """When a location works. `hours` maps a weekday to [opens, closes] pairs in local time.

    No hours at all means that none were given: it works every day.
    """

    time_zone: str = "UTC"
    hours: Mapping[str, Sequence[Sequence[str]]] = {}
    cutoff: time | None = None
    processing_hours: int = 24


class Work(msgspec.Struct, frozen=True):
    """The local day the work counts against, and when it should have left (UTC)."""

    day: date
    due_at: datetime


def plan_work(hours: WorkingHours, now: datetime) -> Work:
    """Return when work given at `now` is done: today if open and before the cut-off, else later."""
    zone = ZoneInfo(hours.time_zone)
    local = now.astimezone(zone)
    start = local
    closes = _closes(hours, local.date())
    too_late = hours.cutoff is not None and local.time() >= hours.cutoff
    if closes is None or too_late or local.time() >= closes:
        day = _next_open(hours, local.date())
        start = datetime.combine(day, _opens(hours, day), zone)
    due = (start.astimezone(UTC) + timedelta(hours=hours.processing_hours)).astimezone(zone)
    if _closes(hours, due.date()) is None:
        day = _next_open(hours, due.date())
        due = datetime.combine(day, _opens(hours, day), zone)
    return Work(start.date(), due.astimezone(UTC))


def _closes(hours: WorkingHours, day: date) -> time | None:
    if not hours.hours:
        return time.max
    spans = hours.hours.get(WEEKDAYS[day.weekday()], ())
    return max((_time(span[1]) for span in spans), default=None)


def _opens(hours: WorkingHours, day: date) -> time:
    spans = hours.hours.get(WEEKDAYS[day.weekday()], ()) if hours.hours else ()
    return min((_time(span[0]) for span in spans), default=time.min)


def _next_open(hours: WorkingHours, day: date) -> date:
    for ahead in range(1, _FAR + 1):
        later = day + timedelta(days=ahead)
        if _closes(hours, later) is not None:
            return later
    return day + timedelta(days=1)


def _time(text: str) -> time:
    return time.max if text.startswith("24:") else time.fromisoformat(text)
