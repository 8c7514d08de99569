"""A marketplace sells from thousands of locations: few of them have any of an order."""

from argosy.fulfillment.decide.routing import MOST_TOLD, plan_groups
from argosy.fulfillment.decide.settings import read_settings
from argosy.fulfillment.model.routing import Plan, Supply
from tests.fulfillment.test_routing import NOW, group, place, supply, wants

MANY = MOST_TOLD + 10
PLACES = {each.location_id: each for each in (place(n) for n in range(1, MANY + 1))}


def _plan(stock: Supply, *, units: int) -> Plan:
    asked = group(wants(1, 1, units), places=MANY)
    (plan,) = plan_groups([asked], PLACES, {}, stock, settings=read_settings(None), now=NOW)
    return plan


def test_locations_that_have_nothing_are_counted_not_told() -> None:
    plan = _plan(supply({(1, 7): 5, (1, 8): 1, (1, 9): 0, (2, 10): 9}), units=3)
    assert plan.outcome == "routed"
    assert [order.place.code for order in plan.orders if order.place] == ["L07"]
    assert {each.code: each.outcome for each in plan.candidates} == {"L07": "chosen", "L08": "lost"}
    assert plan.without == MANY - 2


def test_units_reserved_for_the_order_make_a_location_a_candidate() -> None:
    plan = _plan(supply({}, {(1, 1, 1, 4): 3}), units=3)
    assert [order.place.code for order in plan.orders if order.place] == ["L04"]
    assert plan.without == MANY - 1


def test_when_nobody_has_any_it_waits_for_stock() -> None:
    plan = _plan(supply({}), units=3)
    assert (plan.outcome, plan.reason) == ("waiting", "not_enough_stock")
    assert (plan.candidates, plan.without) == ((), MANY)


def test_few_locations_are_told_one_by_one() -> None:
    asked = group(wants(1, 1, 3), places=3)
    (plan,) = plan_groups(
        [asked], PLACES, {}, supply({(1, 2): 3}), settings=read_settings(None), now=NOW
    )
    assert len(plan.candidates) == 3
    assert plan.without == 0
