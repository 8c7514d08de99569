"""Routing: which locations fulfil which units of many delivery groups at once. Pure.

`plan_groups` walks the groups in the order given; each plan takes its units and its capacity from
the working copy of the supply, so that groups of one batch never count the same unit twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from argosy.fulfillment.decide.objectives import (
    Choice,
    Lanes,
    PlaceScore,
    rank_choices,
    score_place,
    score_set,
    why_worse,
)
from argosy.fulfillment.decide.search import (
    Fill,
    covering_sets,
    greedy_set,
    most_units,
    moved_units,
    take_stock,
)
from argosy.fulfillment.decide.settings import Objective, RoutingSettings
from argosy.fulfillment.model import Kind
from argosy.fulfillment.model.routing import (
    Alternative,
    Candidate,
    Demand,
    Group,
    Place,
    Plan,
    PlannedLine,
    PlannedOrder,
    Supply,
)

_ALTERNATIVES = 3
MOST_TOLD = 50
"""With more locations than this, those that have nothing of an order are counted, not told."""


def plan_groups(
    groups: Sequence[Group],
    places: Mapping[UUID, Place],
    lanes: Lanes,
    supply: Supply,
    *,
    settings: RoutingSettings,
    now: datetime,
) -> list[Plan]:
    """Return one plan per group, in order; `supply` is what is left afterwards."""
    return [
        _plan_group(
            group,
            places,
            lanes,
            supply,
            settings=settings.for_channel(group.channel_code),
            now=now,
        )
        for group in groups
    ]


def _plan_group(
    group: Group,
    places: Mapping[UUID, Place],
    lanes: Lanes,
    supply: Supply,
    *,
    settings: RoutingSettings,
    now: datetime,
) -> Plan:
    weightless = _weightless_order(group)
    if not any(demand.stocked for demand in group.demands):
        outcome, reason = _outcome(group, weightless, all_went="nothing_to_ship")
        return Plan(group, outcome, reason, weightless, ())
    asked, without = _with_something(group, supply)
    fit, candidates = _filter_places(group, asked, places, lanes, supply, settings)
    most = {
        score.place.location_id: most_units(group, score.place.location_id, supply) for score in fit
    }
    useful = [score for score in fit if most[score.place.location_id]]
    candidates += [
        _lacks_stock(group, score, {}) for score in fit if not most[score.place.location_id]
    ]
    found = _search(group, useful, most, supply, settings)
    if found is None:
        return _plan_short(
            group,
            useful,
            candidates,
            weightless,
            supply=supply,
            settings=settings,
            now=now,
            without=without,
        )
    choices, fills, considered = found
    best = choices[0]
    scores = {score.place.location_id: score for score in useful}
    singles = {choice.location_ids[0]: choice for choice in choices if len(choice.codes) == 1}
    for score in useful:
        location_id = score.place.location_id
        if location_id in best.location_ids:
            candidates.append(_candidate(score, "chosen", _why_chosen(best, choices, settings)))
        elif location_id in singles:
            reason = why_worse(singles[location_id], best, settings)
            candidates.append(_candidate(score, "lost", reason))
        else:
            candidates.append(_lacks_stock(group, score, most[location_id]))
    moved = take_stock(group, fills[best.location_ids], supply)
    chosen = [scores[location_id].place for location_id in best.location_ids]
    orders = _orders(group, chosen, moved, supply) + weightless
    outcome, reason = _outcome(group, orders, all_went="everything_fits")
    return Plan(
        group=group,
        outcome=outcome,
        reason=reason,
        orders=orders,
        candidates=tuple(candidates),
        alternatives=tuple(
            Alternative(choice.codes, _named(choice.scores))
            for choice in choices[1 : 1 + _ALTERNATIVES]
        ),
        sets_considered=considered,
        without=without,
    )


def _with_something(group: Group, supply: Supply) -> tuple[Sequence[UUID], int]:
    """Return the locations to look at, and how many are left out because they have nothing."""
    if len(group.places) <= MOST_TOLD or group.method_kind == "pickup":
        return group.places, 0
    holders = supply.holders(group)
    asked = [location_id for location_id in group.places if location_id in holders]
    return asked, len(group.places) - len(asked)


def _outcome(group: Group, orders: Sequence[PlannedOrder], *, all_went: str) -> tuple[str, str]:
    """Return what came of a group of which all went that could, and why."""
    if not group.backordered and not group.unnamed:
        return "routed", all_went
    outcome = "part_routed" if orders else "waiting"
    if group.unnamed:
        return outcome, "sku_unknown"
    return outcome, "rest_is_backordered" if orders else "backordered"


def _filter_places(
    group: Group,
    asked: Sequence[UUID],
    places: Mapping[UUID, Place],
    lanes: Lanes,
    supply: Supply,
    settings: RoutingSettings,
) -> tuple[list[PlaceScore], list[Candidate]]:
    """Return the locations that may be asked, best first by themselves, and those that may not."""
    fit, unfit = [], []
    for location_id in asked:
        place = places.get(location_id)
        if place is None:
            continue
        score = score_place(group, place, supply, lanes)
        found = _unfit(group, score, supply, settings)
        if found is None:
            fit.append(score)
        else:
            reason, detail = found
            unfit.append(Candidate(location_id, place.code, "unfit", reason, detail=detail))
    ranked = rank_choices([_single(group, score, supply) for score in fit], settings)
    by_id = {score.place.location_id: score for score in fit}
    return [by_id[choice.location_ids[0]] for choice in ranked], unfit


def _unfit(
    group: Group, score: PlaceScore, supply: Supply, settings: RoutingSettings
) -> tuple[str, dict[str, object]] | None:
    place = score.place
    if place.location_id in group.excluded:
        return "excluded", {}
    if group.method_kind == "pickup":
        if not place.can_pickup:
            return "cannot_pickup", {}
        if group.pickup_location_id not in (None, place.location_id):
            return "not_the_pickup_location", {}
    else:
        if not place.can_ship:
            return "cannot_ship", {}
        limit = settings.max_distance_km
        if limit is not None and score.distance_known and score.distance_km > limit:
            return "too_far", {"distance_km": round(score.distance_km, 1), "limit_km": limit}
    if supply.capacity_left(place) == 0:
        return "full", {"day": place.day.isoformat(), "capacity": place.capacity}
    return None


def _single(group: Group, score: PlaceScore, supply: Supply) -> Choice:
    place = score.place
    moved = moved_units(group, [place], supply)
    return Choice((place.location_id,), (place.code,), score_set([score]), moved)


def _search(
    group: Group,
    useful: Sequence[PlaceScore],
    most: Mapping[UUID, Mapping[int, int]],
    supply: Supply,
    settings: RoutingSettings,
) -> tuple[list[Choice], dict[tuple[UUID, ...], Fill], int] | None:
    """Return the choices that give everything, best first, with their fills; None if there is none.

    Exact while the sets are few enough to be looked at all, greedy beyond.
    """
    by_id = {score.place.location_id: score for score in useful}
    splits_first = settings.mode == "lexicographic" and settings.objectives[:1] == (
        Objective.FEWEST_SPLITS,
    )
    most_splits = 1 if group.method_kind == "pickup" else settings.max_splits
    fills: dict[tuple[UUID, ...], Fill] = {}
    exhausted = False
    for found in covering_sets(
        group, list(by_id), most, supply, max_splits=most_splits, smallest_only=splits_first
    ):
        if found is None:
            exhausted = True
        else:
            fills[found[0]] = found[1]
    if exhausted and not (fills and splits_first):
        ids, fill, left = greedy_set(group, list(by_id), supply, max_splits=most_splits)
        if not left:
            fills.setdefault(ids, fill)
    if not fills:
        return None
    choices = [
        Choice(
            ids,
            tuple(by_id[each].place.code for each in ids),
            score_set([by_id[each] for each in ids]),
            moved_units(group, ids, supply),
        )
        for ids in fills
    ]
    return rank_choices(choices, settings), fills, len(fills)


def _plan_short(
    group: Group,
    useful: Sequence[PlaceScore],
    candidates: list[Candidate],
    weightless: tuple[PlannedOrder, ...],
    *,
    supply: Supply,
    settings: RoutingSettings,
    now: datetime,
    without: int,
) -> Plan:
    """Nothing gives everything: send what can go, or wait, as the settings say."""
    most_splits = 1 if group.method_kind == "pickup" else settings.max_splits
    ids, fill, left = greedy_set(
        group, [score.place.location_id for score in useful], supply, max_splits=most_splits
    )
    missing = _by_sku(group, left)
    hours = settings.part_ship_after_hours
    old = hours is not None and now - group.placed_at >= timedelta(hours=hours)
    send = bool(fill) and (settings.when_short == "part_ship" or old)
    for score in useful:
        if send and score.place.location_id in ids:
            candidates.append(_candidate(score, "chosen", "gives_what_it_has"))
        else:
            candidates.append(
                _lacks_stock(group, score, most_units(group, score.place.location_id, supply))
            )
    if not send:
        everything = {demand.line_no: demand.units for demand in group.demands if demand.stocked}
        return Plan(
            group,
            "part_routed" if weightless else "waiting",
            _why_waiting(candidates, fill, without),
            weightless,
            tuple(candidates),
            everything,
            missing,
            without=without,
        )
    by_id = {score.place.location_id: score.place for score in useful}
    orders = _orders(group, [by_id[each] for each in ids], take_stock(group, fill, supply), supply)
    return Plan(
        group,
        "part_routed",
        "not_enough_stock",
        orders + weightless,
        tuple(candidates),
        left,
        missing,
        without=without,
    )


def _why_waiting(candidates: Iterable[Candidate], fill: Fill, without: int) -> str:
    """Name the one thing that would have to change first."""
    if fill:
        return "waits_for_the_rest"
    reasons = {candidate.reason for candidate in candidates}
    if not reasons and not without:
        return "no_location_on_this_channel"
    if "lacks_stock" in reasons or without:
        return "not_enough_stock"
    return "locations_full" if "full" in reasons else "no_location_fits"


def _orders(
    group: Group,
    chosen: Sequence[Place],
    lines: Mapping[UUID, Sequence[PlannedLine]],
    supply: Supply,
) -> tuple[PlannedOrder, ...]:
    orders = []
    for place in chosen:
        kind = Kind.PICKUP if group.method_kind == "pickup" else Kind.SHIP
        if place.kind == "drop_ship" and kind is Kind.SHIP:
            kind = Kind.DROP_SHIP
        supply.assigned[place.location_id] = supply.assigned.get(place.location_id, 0) + 1
        orders.append(PlannedOrder(place, kind, tuple(lines[place.location_id])))
    return tuple(orders)


def _weightless_order(group: Group) -> tuple[PlannedOrder, ...]:
    """Return the digital fulfillment order for what needs no stock, if there is any."""
    lines = tuple(
        PlannedLine(demand.line_no, part, demand.units, ())
        for demand in group.demands
        if not demand.stocked
        for part in demand.parts
    )
    return (PlannedOrder(None, Kind.DIGITAL, lines),) if lines else ()


def _candidate(score: PlaceScore, outcome: str, reason: str) -> Candidate:
    place = score.place
    return Candidate(
        place.location_id, place.code, outcome, reason, scores=_named(score_set([score]))
    )


def _lacks_stock(group: Group, score: PlaceScore, most: Mapping[int, int]) -> Candidate:
    left = {
        demand.line_no: demand.units - most.get(demand.line_no, 0)
        for demand in group.demands
        if demand.stocked
    }
    missing = {code: units for code, units in _by_sku(group, left).items() if units}
    reason = "lacks_stock" if missing else "shares_stock_between_lines"
    place = score.place
    detail: dict[str, object] = {"missing": missing} if missing else {}
    return Candidate(
        place.location_id, place.code, "lost", reason, _named(score_set([score])), detail
    )


def _by_sku(group: Group, left: Mapping[int, int]) -> dict[str, int]:
    missing: dict[str, int] = {}
    demands: dict[int, Demand] = {demand.line_no: demand for demand in group.demands}
    for line_no, units in left.items():
        for part in demands[line_no].parts:
            missing[part.sku_code] = missing.get(part.sku_code, 0) + units * part.per_unit
    return missing


def _why_chosen(best: Choice, choices: Sequence[Choice], settings: RoutingSettings) -> str:
    if len(choices) == 1:
        return "only_one_with_everything" if len(best.codes) == 1 else "together_have_everything"
    return why_worse(choices[1], best, settings)


def _named(scores: Mapping[Objective, float]) -> dict[str, float]:
    return {objective.value: value for objective, value in scores.items()}
