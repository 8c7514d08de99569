"""The dates the buyer is told. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from argosy.catalogue import Location, Network, arrives_at, ready_at
from argosy.orders.decide.promising import GroupPromise
from argosy.orders.model import Group, Line


class KnownDates:
    """When what arrives at a location leaves it and reaches a country, reckoned once a batch."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._ready: dict[tuple[UUID, datetime], datetime] = {}
        self._arrivals: dict[tuple[str, UUID, str, datetime], datetime | None] = {}

    def ready(self, location: Location, moment: datetime) -> datetime:
        """Return when an order that arrives at `moment` is ready to leave."""
        key = (location.location_id, moment)
        found = self._ready.get(key)
        if found is None:
            found = self._ready[key] = ready_at(location, moment)
        return found

    def arrival(
        self, method: str, location: Location, country: str, leaves: datetime
    ) -> datetime | None:
        """Return the latest arrival of what leaves then; None without a transit time."""
        key = (method, location.location_id, country, leaves)
        try:
            return self._arrivals[key]
        except KeyError:
            found = arrives_at(self.network, method, location, country, leaves)
            self._arrivals[key] = found
            return found


def date_groups(
    promises: Sequence[GroupPromise], lines: Sequence[Line], placed_at: datetime, dates: KnownDates
) -> datetime | None:
    """Write ship-by and delivery dates on groups and lines; return the order's last delivery.

    A group is promised for the day its slowest line arrives. Back-ordered lines count from the day
    after their stock is expected, and leave the group without a date when nobody knows it.
    """
    latest: datetime | None = None
    undated = False
    for made in promises:
        group = made.group
        used: list[str] = []
        for taken in made.promise.taken:
            location = dates.network.locations[taken.location_id]
            leaves = dates.ready(location, placed_at)
            _promise(group, lines[taken.line_no - 1], location, leaves, dates)
            if location.code not in used:
                used.append(location.code)
        if used:
            group.basis = {"locations": used}
        if made.promise.backordered and not _date_waiting(made, lines, placed_at, dates):
            group.promised_at = group.promised_ship_by = None
            undated = True
        elif group.promised_at is not None and (latest is None or group.promised_at > latest):
            latest = group.promised_at
    return None if undated else latest


def _date_waiting(
    made: GroupPromise, lines: Sequence[Line], placed_at: datetime, dates: KnownDates
) -> bool:
    """Date what waits for stock; False when nobody knows when some of it comes."""
    group, taken = made.group, made.promise.taken
    places = [taken[0].location_id] if taken else made.rules.locations
    location = dates.network.locations[places[0]] if places else None
    undated = set()
    for waiting in made.promise.backordered:
        if waiting.expected_on is None or location is None:
            undated.add(waiting.line_no)
            continue
        there = datetime.combine(waiting.expected_on, time(), UTC) + timedelta(days=1)
        leaves = dates.ready(location, max(there, placed_at))
        _promise(group, lines[waiting.line_no - 1], location, leaves, dates)
    for line_no in undated:
        lines[line_no - 1].promised_at = None
    waits_for = "stock without a date" if undated else "stock that is expected"
    group.basis = group.basis | {"waits_for": waits_for}
    return not undated


def _promise(
    group: Group, line: Line, location: Location, leaves: datetime, dates: KnownDates
) -> None:
    if group.promised_ship_by is None or leaves > group.promised_ship_by:
        group.promised_ship_by = leaves
    if group.pickup_location_id is not None:
        arrives: datetime | None = leaves
    else:
        arrives = dates.arrival(group.method_code, location, group.ship_to.country, leaves)
    if arrives is None:
        return
    if line.promised_at is None or arrives > line.promised_at:
        line.promised_at = arrives
    if group.promised_at is None or arrives > group.promised_at:
        group.promised_at = arrives
