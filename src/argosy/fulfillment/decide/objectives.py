"""How good a choice of locations is: one score per objective, less is better."""

from collections.abc import Mapping, Sequence
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

import msgspec

from argosy.fulfillment.decide.settings import Objective, RoutingSettings
from argosy.fulfillment.model.routing import Group, Lane, Place, Point, Supply

# Without coordinates a parcel is taken to travel this far: inside a country, and across a border.
ASSUMED_KM_INSIDE = 250.0
ASSUMED_KM_ABROAD = 2500.0

Lanes = Mapping[tuple[str, str, str], Lane]
"""(method, from country, to country) -> lane; `*` stands for any country."""


def distance_km(a: Point, b: Point) -> float:
    """Return the great-circle distance of two (latitude, longitude) points."""
    lat_a, lon_a, lat_b, lon_b = (radians(x) for x in (*a, *b))
    chord = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 12742.0176 * asin(min(1.0, sqrt(chord)))


class PlaceScore(msgspec.Struct, frozen=True):
    """What one location means for one group, before it is put together with others."""

    place: Place
    distance_km: float
    cost_minor: int
    hours_late: float
    load: float
    stock: int
    priority: int
    distance_known: bool = True


def find_lane(lanes: Lanes, method: str, start: str, end: str) -> Lane | None:
    """Return the most exact lane known, None when there is none."""
    for key in ((start, end), (start, "*"), ("*", end), ("*", "*")):
        lane = lanes.get((method, *key))
        if lane is not None:
            return lane
    return None


def score_place(group: Group, place: Place, supply: Supply, lanes: Lanes) -> PlaceScore:
    """Return the scores of one location for one group."""
    known = group.point is not None and place.point is not None
    if group.point is not None and place.point is not None:
        distance = distance_km(group.point, place.point)
    else:
        distance = ASSUMED_KM_INSIDE if place.country == group.country else ASSUMED_KM_ABROAD
    lane = find_lane(lanes, group.method_code, place.country, group.country)
    late = 0.0
    if group.ship_by is not None:
        late = max(late, (place.due_at - group.ship_by).total_seconds() / 3600)
    if group.deliver_by is not None and lane is not None:
        arrives_late = (place.due_at - group.deliver_by).total_seconds() / 3600
        late = max(late, arrives_late + 24 * lane.max_days)
    assigned = supply.assigned.get(place.location_id, 0)
    return PlaceScore(
        place=place,
        distance_km=distance,
        cost_minor=place.order_cost_minor + (lane.cost_minor if lane else 0),
        hours_late=late,
        load=assigned / place.capacity if place.capacity else 0.0,
        stock=sum(
            max(0, supply.free.get((part.sku_id, place.location_id), 0))
            for demand in group.demands
            if demand.stocked
            for part in demand.parts
        ),
        priority=place.priority,
        distance_known=known,
    )


def score_set(chosen: Sequence[PlaceScore]) -> dict[Objective, float]:
    """Return the scores of a set of locations that work together; the set is not empty."""
    n = len(chosen)
    return {
        Objective.FEWEST_SPLITS: float(n),
        Objective.SHIP_BY: round(max(score.hours_late for score in chosen), 1),
        Objective.DISTANCE: round(sum(score.distance_km for score in chosen) / n, 1),
        Objective.COST: float(sum(score.cost_minor for score in chosen)),
        Objective.LOAD: round(max(score.load for score in chosen), 3),
        Objective.STOCK_LEVEL: -float(sum(score.stock for score in chosen)) / n,
        Objective.PRIORITY: sum(score.priority for score in chosen) / n,
    }


class Choice(msgspec.Struct):
    """A set of locations that can do it, and how good that is; `rank` is set by `rank_choices`."""

    location_ids: tuple[UUID, ...]
    codes: tuple[str, ...]
    scores: dict[Objective, float]
    moved: int
    rank: tuple[float, ...] = ()


def rank_choices(choices: Sequence[Choice], settings: RoutingSettings) -> list[Choice]:
    """Return `choices` from best to worst; ties go to fewer moved units, then by code."""
    if settings.mode == "weighted":
        spans = {}
        for objective in settings.objectives:
            values = [choice.scores[objective] for choice in choices]
            spans[objective] = (min(values), max(values) - min(values))
        for choice in choices:
            total = sum(
                settings.weights.get(objective, 1.0) * (choice.scores[objective] - low) / width
                for objective, (low, width) in spans.items()
                if width
            )
            choice.rank = (round(total, 9),)
    else:
        for choice in choices:
            choice.rank = tuple(choice.scores[objective] for objective in settings.objectives)
    return sorted(choices, key=lambda choice: (choice.rank, choice.moved, choice.codes))


def why_worse(loser: Choice, winner: Choice, settings: RoutingSettings) -> str:
    """Return the objective that decided against `loser`, or why there was a tie."""
    if settings.mode == "weighted":
        return "weighted_score" if loser.rank > winner.rank else "tie"
    for objective in settings.objectives:
        if loser.scores[objective] > winner.scores[objective]:
            return objective.value
    return "reserved_elsewhere" if loser.moved > winner.moved else "tie"
