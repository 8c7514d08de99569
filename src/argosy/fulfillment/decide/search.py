"""Which sets of locations can give a group everything, and how the units fall on them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple
from uuid import UUID

from argosy.fulfillment.model.routing import (
    Demand,
    Group,
    Place,
    PlannedLine,
    Supply,
    Take,
)

EXACT_SETS = 4100
"""Sets looked at one by one: all of 12 locations (4,095); beyond that the search is greedy."""

Fill = dict[tuple[UUID, int], int]
"""(location, order line) -> units."""


def fill_places(
    group: Group, place_ids: Sequence[UUID], supply: Supply
) -> tuple[Fill, dict[int, int]]:
    """Put the group's units on `place_ids`, in that order of preference; return also what is left.

    Each line first uses its own reservations, then all share what is free, so that lines of one
    SKU, or a kit and its part, never count the same unit. A unit of a kit comes from one location.
    `supply` is not changed.
    """
    fill: Fill = {}
    left = {demand.line_no: demand.units for demand in group.demands if demand.stocked}
    used = _Used({}, {})
    kits_first = sorted(
        (demand for demand in group.demands if demand.stocked),
        key=lambda demand: (-len(demand.parts), demand.line_no),
    )
    for with_free in (False, True):
        for demand in kits_first:
            for place_id in place_ids:
                want = left[demand.line_no]
                if want == 0:
                    break
                units = _take_units(
                    group, demand, place_id, supply, used, want=want, with_free=with_free
                )
                if units:
                    key = (place_id, demand.line_no)
                    fill[key] = fill.get(key, 0) + units
                    left[demand.line_no] = want - units
    return fill, {line_no: units for line_no, units in left.items() if units}


class _Used(NamedTuple):
    """What a fill under way has used: of own reservations (line, SKU, place), and of free stock."""

    own: dict[tuple[int, UUID, UUID], int]
    free: dict[tuple[UUID, UUID], int]


def _take_units(
    group: Group,
    demand: Demand,
    place_id: UUID,
    supply: Supply,
    used: _Used,
    *,
    want: int,
    with_free: bool,
) -> int:
    units = want
    usable = []
    for part in demand.parts:
        own_key = (demand.line_no, part.sku_id, place_id)
        own = supply.own.get((group.order_id, demand.line_no, part.sku_id), {}).get(place_id, 0)
        own -= used.own.get(own_key, 0)
        free_key = (part.sku_id, place_id)
        free = 0
        if with_free:
            free = max(0, supply.free.get(free_key, 0) - used.free.get(free_key, 0))
        units = min(units, (own + free) // part.per_unit)
        if units <= 0:
            return 0
        usable.append((part, own_key, own, free_key))
    for part, own_key, own, free_key in usable:
        needed = units * part.per_unit
        from_own = min(own, needed)
        if from_own:
            used.own[own_key] = used.own.get(own_key, 0) + from_own
        if needed > from_own:
            used.free[free_key] = used.free.get(free_key, 0) + needed - from_own
    return units


def most_units(group: Group, place_id: UUID, supply: Supply) -> dict[int, int]:
    """Return by order line how many units the location could give if it had no other line."""
    most = {}
    for demand in group.demands:
        if not demand.stocked:
            continue
        units = demand.units
        for part in demand.parts:
            own = supply.own.get((group.order_id, demand.line_no, part.sku_id), {})
            free = max(0, supply.free.get((part.sku_id, place_id), 0))
            units = min(units, (own.get(place_id, 0) + free) // part.per_unit)
        if units > 0:
            most[demand.line_no] = units
    return most


def covering_sets(
    group: Group,
    place_ids: Sequence[UUID],
    most: Mapping[UUID, Mapping[int, int]],
    supply: Supply,
    *,
    max_splits: int,
    smallest_only: bool,
) -> Iterator[tuple[tuple[UUID, ...], Fill] | None]:
    """Yield the sets of locations that give everything and need each of their members.

    By size, so the first ones have the fewest splits; with `smallest_only` no larger ones follow.
    Yields None once if the sets became too many to look at all (then some may be missing).
    """
    needed = {demand.line_no: demand.units for demand in group.demands if demand.stocked}
    alone = _shares_no_sku(group)
    seen = 0
    found: list[frozenset[UUID]] = []
    for size in range(1, min(max_splits, len(place_ids)) + 1):
        for chosen in combinations(place_ids, size):
            seen += 1
            if seen > EXACT_SETS:
                yield None
                return
            members = frozenset(chosen)
            if any(known <= members for known in found):
                continue
            bounds = [most[place_id] for place_id in chosen]
            if any(
                sum(bound.get(line_no, 0) for bound in bounds) < units
                for line_no, units in needed.items()
            ):
                continue
            if alone and size == 1:
                fill = {(chosen[0], line_no): units for line_no, units in needed.items()}
            else:
                fill, left = fill_places(group, chosen, supply)
                if left:
                    continue
            found.append(members)
            yield chosen, fill
        if found and smallest_only:
            return


def _shares_no_sku(group: Group) -> bool:
    """Tell whether each SKU is wanted by one line only, so that lines cannot compete."""
    skus = [part.sku_id for demand in group.demands if demand.stocked for part in demand.parts]
    return len(set(skus)) == len(skus)


def greedy_set(
    group: Group, ranked_ids: Sequence[UUID], supply: Supply, *, max_splits: int
) -> tuple[tuple[UUID, ...], Fill, dict[int, int]]:
    """Return few locations that give as much as can be had, taking the most helpful one each time.

    Ties go to the location that comes first in `ranked_ids`. Used when the sets are too many to be
    looked at all, and when not everything can be had.
    """
    chosen: list[UUID] = []
    fill, left = fill_places(group, chosen, supply)
    while left and len(chosen) < max_splits:
        best: tuple[int, UUID, Fill, dict[int, int]] | None = None
        for place_id in ranked_ids:
            if place_id in chosen:
                continue
            tried, still = fill_places(group, [*chosen, place_id], supply)
            given = sum(left.values()) - sum(still.values())
            if given > 0 and (best is None or given > best[0]):
                best = (given, place_id, tried, still)
        if best is None:
            break
        chosen.append(best[1])
        fill, left = best[2], best[3]
    for place_id in list(chosen):
        fewer = [each for each in chosen if each != place_id]
        tried, still = fill_places(group, fewer, supply)
        if sum(still.values()) <= sum(left.values()):
            chosen, fill, left = fewer, tried, still
    return tuple(chosen), fill, left


def take_stock(group: Group, fill: Fill, supply: Supply) -> dict[UUID, list[PlannedLine]]:
    """Take the units of `fill` from `supply`; return the lines by location with their sources.

    A reservation at the location itself goes first, then one elsewhere (which is moved and so
    becomes free there), then free stock.
    """
    demands = {demand.line_no: demand for demand in group.demands}
    needs: list[tuple[UUID, int, int, list[Take]]] = []
    lines: dict[tuple[UUID, int, UUID], list[Take]] = {}
    for (place_id, line_no), units in fill.items():
        for part in demands[line_no].parts:
            own = supply.own.get((group.order_id, line_no, part.sku_id), {})
            quantity = units * part.per_unit
            here = min(own.get(place_id, 0), quantity)
            takes = lines[place_id, line_no, part.sku_id] = []
            if here:
                own[place_id] -= here
                takes.append(Take(place_id, here))
            needs.append((place_id, line_no, quantity - here, takes))
    keys = list(lines)
    for (_, line_no, sku_id), (place_id, _, quantity, takes) in zip(keys, needs, strict=True):
        open_units = quantity
        own = supply.own.get((group.order_id, line_no, sku_id), {})
        for from_id in sorted(own):
            units = min(own[from_id], open_units)
            if units and from_id != place_id:
                own[from_id] -= units
                open_units -= units
                supply.free_up(sku_id, from_id, units)
                takes.append(Take(from_id, units))
        if open_units:
            takes.append(Take(None, open_units))
        if quantity:
            supply.free[sku_id, place_id] = supply.free.get((sku_id, place_id), 0) - quantity
    planned: dict[UUID, list[PlannedLine]] = {}
    for (place_id, line_no), units in fill.items():
        for part in demands[line_no].parts:
            takes = lines[place_id, line_no, part.sku_id]
            planned.setdefault(place_id, []).append(PlannedLine(line_no, part, units, tuple(takes)))
    return planned


def moved_units(group: Group, chosen: Sequence[Place] | Sequence[UUID], supply: Supply) -> int:
    """Return how many reserved units lie outside the chosen locations and would be moved."""
    inside = {each.location_id if isinstance(each, Place) else each for each in chosen}
    return sum(
        units
        for demand in group.demands
        for part in demand.parts
        for place_id, units in supply.own.get(
            (group.order_id, demand.line_no, part.sku_id), {}
        ).items()
        if place_id not in inside
    )
