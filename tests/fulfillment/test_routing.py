"""Routing without a database: examples, and properties over random small worlds."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings, strategies as st

from argosy.fulfillment.decide.routing import plan_groups
from argosy.fulfillment.decide.settings import Objective, RoutingSettings, read_settings
from argosy.fulfillment.decide.words import say_candidate, say_outcome
from argosy.fulfillment.model import Kind
from argosy.fulfillment.model.routing import (
    Demand,
    Group,
    Lane,
    Part,
    Place,
    Plan,
    Supply,
)

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
LONDON, LEEDS, PARIS = (51.5, -0.12), (53.8, -1.55), (48.86, 2.35)


def place(n: int, **changes: Any) -> Place:
    given: dict[str, Any] = {
        "location_id": UUID(int=n),
        "code": f"L{n:02}",
        "kind": "warehouse",
        "country": "GB",
        "point": None,
        "can_ship": True,
        "can_pickup": False,
        "capacity": None,
        "order_cost_minor": 0,
        "priority": 100,
        "day": date(2026, 1, 5),
        "due_at": NOW + timedelta(hours=24),
    }
    return Place(**(given | changes))


def part(sku: int, per_unit: int = 1) -> Part:
    return Part(UUID(int=1000 + sku), f"S{sku}", per_unit)


def group(*demands: Demand, places: int = 3, order: int = 1, **changes: Any) -> Group:
    given: dict[str, Any] = {
        "order_id": UUID(int=5000 + order),
        "group_no": 1,
        "channel_code": "web",
        "places": tuple(UUID(int=n) for n in range(1, places + 1)),
        "method_code": "standard",
        "method_kind": "ship",
        "country": "GB",
        "placed_at": NOW,
        "demands": demands,
    }
    return Group(**(given | changes))


def wants(line_no: int, sku: int, units: int) -> Demand:
    return Demand(line_no, units, (part(sku),))


def supply(
    stock: dict[tuple[int, int], int], own: dict[tuple[int, int, int, int], int] | None = None
) -> Supply:
    """`stock`: (sku, location) -> free; `own`: (order, line, sku, location) -> reserved."""
    reserved: dict[tuple[UUID, int, UUID], dict[UUID, int]] = {}
    for (order, line, sku, at), units in (own or {}).items():
        key = (UUID(int=5000 + order), line, UUID(int=1000 + sku))
        reserved.setdefault(key, {})[UUID(int=at)] = units
    free = {(UUID(int=1000 + sku), UUID(int=at)): n for (sku, at), n in stock.items()}
    return Supply(free, reserved, {})


def plan_one(
    wanted: Group,
    stock: Supply,
    places: list[Place] | None = None,
    rules: RoutingSettings | None = None,
    lanes: dict[tuple[str, str, str], Lane] | None = None,
) -> Plan:
    known = places if places is not None else [place(n) for n in range(1, 4)]
    return plan_groups(
        [wanted],
        {each.location_id: each for each in known},
        lanes or {},
        stock,
        settings=rules or RoutingSettings(),
        now=NOW,
    )[0]


def codes(plan: Plan) -> list[str]:
    return [order.place.code for order in plan.orders if order.place]


def reasons(plan: Plan) -> dict[str, tuple[str, str]]:
    return {each.code: (each.outcome, each.reason) for each in plan.candidates}


def test_one_location_with_everything_beats_two_nearer_ones() -> None:
    near = [place(1, point=LONDON), place(2, point=LONDON), place(3, point=PARIS, country="FR")]
    wanted = group(wants(1, 1, 2), wants(2, 2, 1), point=LONDON)
    stock = supply({(1, 1): 9, (2, 2): 9, (1, 3): 2, (2, 3): 1})
    plan = plan_one(wanted, stock, near)
    assert codes(plan) == ["L03"]
    assert reasons(plan)["L03"] == ("chosen", "only_one_with_everything")
    assert reasons(plan)["L01"] == ("lost", "lacks_stock")
    assert (
        say_candidate(
            {
                "code": "L01",
                "outcome": "lost",
                "reason": "lacks_stock",
                "detail": {"missing": {"S2": 1}},
            }
        )
        == "L01 lost: it lacks 1 of S2."
    )
    assert plan.outcome == "routed"


def test_pain_42_the_nearest_of_equals_is_chosen_and_the_loser_is_told_why() -> None:
    known = [place(1, point=PARIS), place(2, point=LEEDS), place(3, point=LONDON)]
    wanted = group(wants(1, 1, 1), point=LONDON)
    plan = plan_one(wanted, supply({(1, 1): 5, (1, 2): 5, (1, 3): 5}), known)
    assert codes(plan) == ["L03"]
    assert reasons(plan) == {
        "L03": ("chosen", "distance"),
        "L02": ("lost", "distance"),
        "L01": ("lost", "distance"),
    }


def test_objectives_are_compared_in_their_order() -> None:
    known = [place(1, point=LONDON, order_cost_minor=500), place(2, point=LEEDS)]
    wanted = group(wants(1, 1, 1), point=LONDON, places=2)
    stock = {(1, 1): 5, (1, 2): 5}
    cheap = RoutingSettings(objectives=(Objective.COST, Objective.DISTANCE))
    assert codes(plan_one(wanted, supply(stock), known)) == ["L01"]
    assert codes(plan_one(wanted, supply(stock), known, cheap)) == ["L02"]


def test_pain_42_weights_decide_between_distance_and_cost() -> None:
    known = [
        place(1, point=LONDON, order_cost_minor=500),
        place(2, point=LEEDS, order_cost_minor=100),
        place(3, point=PARIS, order_cost_minor=0),
    ]
    wanted = group(wants(1, 1, 1), point=LONDON)
    stock = {(1, 1): 5, (1, 2): 5, (1, 3): 5}
    objectives = (Objective.DISTANCE, Objective.COST)
    for weights, best in (({Objective.COST: 0.1}, "L01"), ({Objective.DISTANCE: 0.1}, "L03")):
        rules = RoutingSettings(mode="weighted", objectives=objectives, weights=weights)
        plan = plan_one(wanted, supply(stock), known, rules)
        assert codes(plan) == [best]
        assert {c.reason for c in plan.candidates} == {"weighted_score"}


def test_transit_cost_and_ship_by_count() -> None:
    lanes = {("standard", "GB", "GB"): Lane(2, 300), ("standard", "*", "GB"): Lane(5, 900)}
    known = [place(1, country="FR"), place(2, due_at=NOW + timedelta(hours=72))]
    wanted = group(wants(1, 1, 1), places=2, ship_by=NOW + timedelta(hours=48))
    stock = {(1, 1): 5, (1, 2): 5}
    in_time = plan_one(wanted, supply(stock), known, lanes=lanes)
    assert codes(in_time) == ["L01"]
    assert reasons(in_time)["L02"] == ("lost", "ship_by")
    cheap = RoutingSettings(objectives=(Objective.COST,))
    assert codes(plan_one(wanted, supply(stock), known, cheap, lanes)) == ["L02"]


@pytest.mark.parametrize(
    ("changes", "wanted", "reason"),
    [
        ({"can_ship": False}, {}, "cannot_ship"),
        ({"capacity": 0}, {}, "full"),
        ({"point": PARIS}, {"point": LONDON}, "too_far"),
        ({}, {"excluded": frozenset({UUID(int=1)})}, "excluded"),
        ({}, {"method_kind": "pickup"}, "cannot_pickup"),
        (
            {"can_pickup": True},
            {"method_kind": "pickup", "pickup_location_id": UUID(int=2)},
            "not_the_pickup_location",
        ),
    ],
)
def test_filters_say_why_a_location_was_not_asked(
    changes: dict[str, Any], wanted: dict[str, Any], reason: str
) -> None:
    asked = group(wants(1, 1, 1), places=1, **wanted)
    plan = plan_one(
        asked, supply({(1, 1): 5}), [place(1, **changes)], RoutingSettings(max_distance_km=100)
    )
    assert plan.outcome == "waiting"
    assert reasons(plan) == {"L01": ("unfit", reason)}
    assert plan.reason == ("locations_full" if reason == "full" else "no_location_fits")
    assert "was not asked" in say_candidate(
        {"code": "L01", "outcome": "unfit", "reason": reason, "detail": plan.candidates[0].detail}
    )


def test_a_location_of_another_channel_is_no_candidate() -> None:
    plan = plan_one(group(wants(1, 1, 1), places=1), supply({(1, 2): 5}))
    assert plan.outcome == "waiting"
    assert set(reasons(plan)) == {"L01"}


def test_capacity_is_used_up_within_a_batch() -> None:
    known = {UUID(int=1): place(1, capacity=2), UUID(int=2): place(2, priority=200)}
    groups = [group(wants(1, 1, 1), places=2, order=n) for n in range(4)]
    plans = plan_groups(
        groups,
        known,
        {},
        supply({(1, 1): 9, (1, 2): 9}),
        settings=RoutingSettings(objectives=(Objective.PRIORITY,)),
        now=NOW,
    )
    assert [codes(plan) for plan in plans] == [["L01"], ["L01"], ["L02"], ["L02"]]


def test_own_reservation_counts_for_its_order_only() -> None:
    own = {(1, 1, 1, 1): 2}
    stock = {(1, 1): 0}
    other = plan_one(group(wants(1, 1, 1), order=2), supply(stock, own))
    mine = plan_one(group(wants(1, 1, 2), order=1), supply(stock, own))
    assert other.outcome == "waiting"
    assert codes(mine) == ["L01"]
    assert [take.from_location for take in mine.orders[0].lines[0].takes] == [UUID(int=1)]


def test_a_reservation_elsewhere_is_moved_and_frees_its_place() -> None:
    known = {UUID(int=1): place(1, point=PARIS), UUID(int=2): place(2, point=LONDON)}
    stock = supply({(1, 1): 0, (1, 2): 1}, {(1, 1, 1, 1): 1})
    first = group(wants(1, 1, 1), places=2, point=LONDON)
    second = group(wants(1, 1, 1), places=2, order=2, point=LONDON)
    moved, after = plan_groups(
        [first, second], known, {}, stock, settings=RoutingSettings(), now=NOW
    )
    assert codes(moved) == ["L02"]
    assert [(t.from_location, t.quantity) for t in moved.orders[0].lines[0].takes] == [
        (UUID(int=1), 1)
    ]
    assert codes(after) == ["L01"]  # What the first left behind there is free for the second.


def test_kit_units_come_whole_from_one_location() -> None:
    kit = Demand(1, 2, (part(1, 2), part(2, 1)))
    apart = plan_one(group(kit), supply({(1, 1): 9, (2, 2): 9}))
    assert apart.outcome == "waiting"
    split = plan_one(group(kit), supply({(1, 1): 2, (2, 1): 1, (1, 2): 3, (2, 2): 9}))
    assert sorted(codes(split)) == ["L01", "L02"]
    assert {line.quantity for order in split.orders for line in order.lines} == {2, 1}


def test_pain_04_kit_and_its_part_share_one_figure() -> None:
    kit, loose = Demand(1, 1, (part(1, 2), part(2, 1))), wants(2, 1, 1)
    plan = plan_one(group(kit, loose, places=1), supply({(1, 1): 2, (2, 1): 5}))
    assert plan.outcome == "part_routed"
    assert sum(n.quantity for o in plan.orders for n in o.lines if n.part.sku_code == "S1") <= 2
    assert reasons(plan)["L01"][0] == "chosen"


def test_pickup_goes_to_the_pickup_location_and_is_never_split() -> None:
    known = [place(n, can_pickup=True) for n in (1, 2)]
    wanted = group(wants(1, 1, 2), places=2, method_kind="pickup")
    assert plan_one(wanted, supply({(1, 1): 1, (1, 2): 1}), known).outcome == "part_routed"
    there = group(wants(1, 1, 1), places=2, method_kind="pickup", pickup_location_id=UUID(int=2))
    plan = plan_one(there, supply({(1, 1): 9, (1, 2): 1}), known)
    assert codes(plan) == ["L02"]
    assert plan.orders[0].kind is Kind.PICKUP


def test_digital_lines_need_no_stock_and_a_vendor_ships_by_itself() -> None:
    digital = Demand(2, 1, (part(2),), stocked=False)
    plan = plan_one(
        group(wants(1, 1, 1), digital, places=1), supply({(1, 1): 1}), [place(1, kind="drop_ship")]
    )
    assert [order.kind for order in plan.orders] == [Kind.DROP_SHIP, Kind.DIGITAL]
    only = plan_one(group(digital, places=0), supply({}), [])
    assert (only.outcome, only.reason) == ("routed", "nothing_to_ship")


def test_wait_or_part_ship_is_a_setting_of_the_channel() -> None:
    wanted = group(wants(1, 1, 3), places=1)
    stock = {(1, 1): 2}
    sent = plan_one(wanted, supply(stock))
    assert (sent.outcome, sent.left, sent.missing) == ("part_routed", {1: 1}, {"S1": 1})
    patient = read_settings({"channels": {"web": {"when_short": "wait"}}})
    waiting = plan_one(wanted, supply(stock), rules=patient)
    assert (waiting.outcome, waiting.reason, waiting.orders) == (
        "waiting",
        "waits_for_the_rest",
        (),
    )
    late = read_settings({"when_short": "wait", "part_ship_after_hours": 0})
    assert plan_one(wanted, supply(stock), rules=late).outcome == "part_routed"


def test_more_than_twenty_locations_split_greedily() -> None:
    wanted = group(wants(1, 1, 25), places=30)
    known = [place(n) for n in range(1, 31)]
    plan = plan_one(wanted, supply({(1, n): 1 for n in range(1, 31)}), known)
    assert plan.outcome == "routed"
    assert len(plan.orders) == 25


def test_every_reason_has_words() -> None:
    assert "stock" in say_outcome("not_enough_stock")
    assert say_candidate({"code": "A", "outcome": "lost", "reason": "distance"}) == (
        "A lost: it is farther from the buyer."
    )


WORLDS = st.fixed_dictionaries(
    {
        "stock": st.dictionaries(
            st.tuples(st.integers(1, 3), st.integers(1, 5)), st.integers(-1, 4), max_size=15
        ),
        "own": st.dictionaries(
            st.tuples(st.just(1), st.integers(1, 3), st.integers(1, 3), st.integers(1, 5)),
            st.integers(1, 2),
            max_size=4,
        ),
        "lines": st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), min_size=1, max_size=3),
        "excluded": st.frozensets(st.integers(1, 5), max_size=2),
    }
)


def fits(
    lines: list[tuple[int, int]],
    stock: dict[tuple[int, int], int],
    own: dict[tuple[int, int, int, int], int],
    chosen: tuple[int, ...],
) -> bool:
    """Say by summing, not by searching, whether `chosen` has everything."""
    need: dict[int, int] = {}
    for line_no, (sku, units) in enumerate(lines, 1):
        mine = sum(own.get((1, line_no, sku, at), 0) for at in chosen)
        need[sku] = need.get(sku, 0) + max(0, units - mine)
    return all(
        sum(max(0, stock.get((sku, at), 0)) for at in chosen) >= units
        for sku, units in need.items()
    )


@settings(max_examples=300, deadline=None)
@given(WORLDS)
def test_fewest_splits_are_fewest(world: dict[str, Any]) -> None:
    lines, stock, own, excluded = (world[key] for key in ("lines", "stock", "own", "excluded"))
    wanted = group(
        *(wants(n, sku, units) for n, (sku, units) in enumerate(lines, 1)),
        places=5,
        excluded=frozenset(UUID(int=n) for n in excluded),
    )
    allowed = [n for n in range(1, 6) if n not in excluded]
    plan = plan_one(wanted, supply(stock, own), [place(n) for n in range(1, 6)])
    best = next(
        (
            size
            for size in range(1, len(allowed) + 1)
            if any(fits(lines, stock, own, chosen) for chosen in combinations(allowed, size))
        ),
        None,
    )
    assert (plan.outcome == "routed") == (best is not None)
    if best is not None:
        assert len(plan.orders) == best
    assert not {order.place.location_id for order in plan.orders if order.place} & wanted.excluded


@settings(max_examples=300, deadline=None)
@given(WORLDS, st.integers(1, 3))
def test_never_more_than_stock_and_nothing_lost(world: dict[str, Any], copies: int) -> None:
    lines, stock, own = (world[key] for key in ("lines", "stock", "own"))
    groups = [
        group(
            *(wants(n, sku, units) for n, (sku, units) in enumerate(lines, 1)),
            Demand(9, 1, (part(1, 2), part(2, 1))),
            places=5,
            order=order,
        )
        for order in range(1, copies + 1)
    ]
    working = supply(stock, own)
    plans = plan_groups(
        groups,
        {UUID(int=n): place(n) for n in range(1, 6)},
        {},
        working,
        settings=RoutingSettings(),
        now=NOW,
    )
    taken: dict[tuple[UUID, UUID], int] = {}
    from_own: dict[tuple[UUID, int, UUID, UUID], int] = {}
    for plan in plans:
        given = {demand.line_no: 0 for demand in plan.group.demands}
        for order in plan.orders:
            assert order.place is not None
            for line_no, units in order.units():
                given[line_no] += units
            for line in order.lines:
                assert sum(take.quantity for take in line.takes) == line.quantity
                for take in line.takes:
                    sku = line.part.sku_id
                    at = order.place.location_id
                    taken[sku, at] = taken.get((sku, at), 0) + take.quantity
                    if take.from_location is not None:
                        key = (plan.group.order_id, line.line_no, sku, take.from_location)
                        from_own[key] = from_own.get(key, 0) + take.quantity
        for demand in plan.group.demands:
            assert given[demand.line_no] + plan.left.get(demand.line_no, 0) == demand.units
    reserved: dict[tuple[UUID, UUID], int] = {}
    for (order, line_no, sku, at), units in own.items():
        key = (UUID(int=5000 + order), line_no, UUID(int=1000 + sku), UUID(int=at))
        assert from_own.get(key, 0) <= units
        reserved[key[2], key[3]] = reserved.get((key[2], key[3]), 0) + units
    for (sku_id, at_id), units in taken.items():
        free = stock.get((sku_id.int - 1000, at_id.int), 0)
        assert units <= max(0, free) + reserved.get((sku_id, at_id), 0)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"backordered": 2}, ("part_routed", "rest_is_backordered")),
        ({"unnamed": 1}, ("part_routed", "sku_unknown")),
        ({"backordered": 2, "unnamed": 1}, ("part_routed", "sku_unknown")),
        ({}, ("routed", "nothing_to_ship")),
    ],
)
def test_a_group_is_routed_only_when_nothing_of_it_is_left(
    changes: dict[str, Any], outcome: tuple[str, str]
) -> None:
    """What goes at once, such as digital goods, does not end what waits beside it."""
    plan = plan_one(group(Demand(1, 1, (part(1),), stocked=False), **changes), supply({}))
    assert (plan.outcome, plan.reason) == outcome
    assert plan.orders[0].kind is Kind.DIGITAL
