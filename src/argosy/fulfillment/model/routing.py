"""What routing is decided over, and what it decides: plain values."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from argosy.fulfillment.model.states import Kind

Point = tuple[float, float]


class Place(msgspec.Struct, frozen=True):
    """A location as routing sees it now: `day` and `due_at` are when it would do the work.

    `capacity` is how many fulfillment orders it does that day, None for no limit.
    """

    location_id: UUID
    code: str
    kind: str
    country: str
    point: Point | None
    can_ship: bool
    can_pickup: bool
    capacity: int | None
    order_cost_minor: int
    priority: int
    day: date
    due_at: datetime


class Lane(msgspec.Struct, frozen=True):
    """How long and at what cost a method goes from one country to another."""

    max_days: int
    cost_minor: int


class Part(msgspec.Struct, frozen=True):
    """A SKU and how many of it make one unit of an order line."""

    sku_id: UUID
    sku_code: str
    per_unit: int


class Demand(msgspec.Struct, frozen=True):
    """Units of one order line that want a location; without `stocked` they need none."""

    line_no: int
    units: int
    parts: tuple[Part, ...]
    stocked: bool = True


class Group(msgspec.Struct, frozen=True):
    """One delivery group to route. `places` are the locations of its channel's group.

    `backordered` units wait for stock, `unnamed` ones for a SKU of the catalogue to be theirs.
    """

    order_id: UUID
    group_no: int
    channel_code: str
    places: tuple[UUID, ...]
    method_code: str
    method_kind: str
    country: str
    placed_at: datetime
    demands: tuple[Demand, ...]
    point: Point | None = None
    ship_by: datetime | None = None
    deliver_by: datetime | None = None
    pickup_location_id: UUID | None = None
    excluded: frozenset[UUID] = frozenset()
    backordered: int = 0
    unnamed: int = 0


class Supply:
    """The stock and capacity of a batch, as a working copy that each plan takes from.

    `free`: (SKU, location) -> on hand − allocated − reserved − safety stock, may be negative.
    `own`: (order, line, SKU) -> location -> units reserved there for that line only.
    `assigned`: location -> fulfillment orders it has for the day new work falls on.
    """

    __slots__ = ("_holders", "assigned", "free", "own")

    def __init__(
        self,
        free: Mapping[tuple[UUID, UUID], int],
        own: Mapping[tuple[UUID, int, UUID], Mapping[UUID, int]],
        assigned: Mapping[UUID, int],
    ) -> None:
        self.free = dict(free)
        self.own = {key: dict(places) for key, places in own.items()}
        self.assigned = dict(assigned)
        self._holders: dict[UUID, set[UUID]] = {}
        for (sku_id, location_id), units in self.free.items():
            if units > 0:
                self._holders.setdefault(sku_id, set()).add(location_id)

    def holders(self, group: "Group") -> set[UUID]:
        """Return the locations that may have something of what `group` needs."""
        found: set[UUID] = set()
        for demand in group.demands:
            for part in demand.parts:
                found |= self._holders.get(part.sku_id, set())
                found |= self.own.get((group.order_id, demand.line_no, part.sku_id), {}).keys()
        return found

    def free_up(self, sku_id: UUID, location_id: UUID, units: int) -> None:
        """Let `units` that were reserved at a location be free there."""
        self.free[sku_id, location_id] = self.free.get((sku_id, location_id), 0) + units
        self._holders.setdefault(sku_id, set()).add(location_id)

    def capacity_left(self, place: Place) -> int | None:
        """Return how many more fulfillment orders `place` takes, None for no limit."""
        if place.capacity is None:
            return None
        return max(0, place.capacity - self.assigned.get(place.location_id, 0))


class Take(msgspec.Struct, frozen=True):
    """Where units come from: a reservation of the line at `from_location`, or free stock."""

    from_location: UUID | None
    quantity: int


class PlannedLine(msgspec.Struct, frozen=True):
    """One SKU of one order line at the planned location; the takes sum to its quantity."""

    line_no: int
    part: Part
    units: int
    takes: tuple[Take, ...]

    @property
    def quantity(self) -> int:
        """Return how many of the SKU are needed."""
        return self.units * self.part.per_unit


class PlannedOrder(msgspec.Struct, frozen=True):
    """One fulfillment order to be: a location (None: nothing physical) and its lines."""

    place: Place | None
    kind: Kind
    lines: tuple[PlannedLine, ...]

    def units(self) -> Iterator[tuple[int, int]]:
        """Yield (order line, units) once per order line, however many SKUs it consists of."""
        yield from {line.line_no: line.units for line in self.lines}.items()


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True):
    """One location that was looked at: chosen, lost or unfit, and by what.

    `scores` are in the units of the objective (locations, hours, km, minor units, …), less is
    better; `detail` holds the figures behind the reason.
    """

    location_id: UUID
    code: str
    outcome: str
    reason: str
    scores: dict[str, float] = {}
    detail: dict[str, object] = {}


class Alternative(msgspec.Struct, frozen=True):
    """A set of locations that could also have done it."""

    codes: tuple[str, ...]
    scores: dict[str, float]


class Plan(msgspec.Struct, frozen=True):
    """What was decided for one group: `outcome` is routed, part_routed or waiting.

    `left` is what got no location, by order line; `missing` the units per SKU code that no
    location has. `without` counts the locations that are no candidates because they have nothing
    of it; they are told one by one while there are few.
    """

    group: Group
    outcome: str
    reason: str
    orders: tuple[PlannedOrder, ...]
    candidates: tuple[Candidate, ...]
    left: dict[int, int] = {}
    missing: dict[str, int] = {}
    alternatives: tuple[Alternative, ...] = ()
    sets_considered: int = 0
    without: int = 0
