"""Holds: placed and released with reason, for an order or for one of its groups."""

from datetime import timedelta

from argosy.fulfillment import jobs as fulfillment
from argosy.kernel.database import Database
from argosy.orders.commands.holds import HoldRefused, hold_orders, release_order_holds
from argosy.orders.jobs import release_expired_holds
from argosy.orders.model import Hold, HoldKind
from tests.business import Business
from tests.orders.world import HOME, NOW, fetch, fetch_value, line, order, place_one

_PAID = [{"gateway": "manual", "amount_minor": 1000}]
_ROUTE = next(each for each in fulfillment.SWEEPS if "route" in each.name)


async def test_a_held_order_is_not_released_to_a_location(db: Database, shop: Business) -> None:
    asked = order("1", holds=[{"kind": "fraud", "reason": "Too cheap."}], payments=_PAID)
    made = await place_one(db, asked)
    assert made.summary.holds == ["fraud"]
    await _ROUTE.run(db, NOW)
    assert await fetch_value(db, "select count(*) from fulfillment_order") == 0
    hold_id = await fetch_value(db, "select hold_id from order_hold")
    async with db.transaction() as tx:
        released = [(made.summary.order_id, hold_id, "Looked at.")]
        assert await release_order_holds(tx, released, by="key:ann", now=NOW) == [hold_id]
    await _ROUTE.run(db, NOW + timedelta(seconds=1))
    assert await fetch_value(db, "select count(*) from fulfillment_order") == 1


async def test_a_hold_of_one_group_lets_the_others_go(db: Database, shop: Business) -> None:
    asked = order(
        "1",
        line("MUG", delivery_group="a"),
        line("PLATE", delivery_group="b"),
        delivery_groups=[{"key": "a", "ship_to": HOME}, {"key": "b", "ship_to": HOME}],
        payments=[{"gateway": "manual", "amount_minor": 2000}],
    )
    order_id = (await place_one(db, asked)).summary.order_id
    async with db.transaction() as tx:
        outcomes = await hold_orders(
            tx,
            [
                (order_id, Hold(HoldKind.ADDRESS, "Which street?", group_no=1)),
                (order_id, Hold(HoldKind.MANUAL, "No such group.", group_no=9)),
            ],
            by="key:ann",
            now=NOW,
        )
    assert isinstance(outcomes[1], HoldRefused)
    assert outcomes[1].code == "delivery_group_unknown"
    await _ROUTE.run(db, NOW + timedelta(seconds=1))
    assert await fetch(db, "select group_no from fulfillment_order") == [{"group_no": 2}]
    async with db.transaction() as tx:
        assert not isinstance(outcomes[0], HoldRefused)
        await release_order_holds(tx, [(order_id, outcomes[0], "Asked.")], by="key:ann", now=NOW)
    await _ROUTE.run(db, NOW + timedelta(seconds=2))
    assert await fetch_value(db, "select count(*) from fulfillment_order") == 2


async def test_a_hold_is_released_once(db: Database, shop: Business) -> None:
    asked = order("1", holds=[{"kind": "manual", "reason": "Wait."}])
    order_id = (await place_one(db, asked)).summary.order_id
    hold_id = await fetch_value(db, "select hold_id from order_hold")
    codes = []
    for _ in range(2):
        async with db.transaction() as tx:
            done = await release_order_holds(tx, [(order_id, hold_id, "Go.")], by="x", now=NOW)
        codes.append(done[0].code if isinstance(done[0], HoldRefused) else "done")
    assert codes == ["done", "hold_already_released"]


async def test_a_hold_whose_time_is_up_is_released(db: Database, shop: Business) -> None:
    order_id = (await place_one(db, order("1"))).summary.order_id
    until = NOW + timedelta(minutes=30)
    hold = Hold(HoldKind.REMORSE, "May still change.", expires_at=until)
    async with db.transaction() as tx:
        await hold_orders(tx, [(order_id, hold)], by="system:orders", now=NOW)
    assert await release_expired_holds(db, NOW) == 0
    assert await release_expired_holds(db, until) == 1
    names = [
        each["name"] for each in await fetch(db, "select name from event order by recorded_at")
    ]
    assert names[-2:] == ["order.hold_placed.v1", "order.hold_released.v1"]
