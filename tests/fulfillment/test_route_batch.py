"""Routing what is due, against the database."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from argosy.fulfillment.commands import route
from argosy.fulfillment.commands.route import route_batch, route_due_groups
from argosy.fulfillment.commands.routing_facts import load_facts
from argosy.kernel.database import Database
from argosy.kernel.ids import new_id
from argosy.orders.store import fill_backordered
from tests.fulfillment.conftest import Rows
from tests.fulfillment.world import (
    NOW,
    World,
    add_location,
    add_sku,
    make_world,
    place,
    reserve,
    stock,
)


async def test_an_order_is_routed_to_its_reservation_and_counted_everywhere(
    db: Database, world: World, rows: Rows
) -> None:
    order_id = await place(db, world, ("A", 2), ("B", 1), reserve_at="LON")
    assert await route_due_groups(db, NOW) == 1
    [made] = await rows("select * from fulfillment_order")
    assert made["order_id"] == order_id
    assert made["location_id"] == world.locations["LON"]
    assert (made["state"], made["kind"], made["number"]) == ("open", "ship", "F500001")
    lines = await rows("select * from fulfillment_order_line order by line_no")
    assert [(line["order_line_no"], line["quantity"]) for line in lines] == [(1, 2), (2, 1)]
    [order] = await rows("select * from orders")
    assert (order["units_allocated"], order["fulfillment_status"]) == (3, "allocated")
    [group] = await rows("select * from delivery_group")
    assert group["routing_state"] == "routed"
    assert not await rows("select * from reservation")
    balances = await rows(
        "select on_hand, reserved, allocated from stock_balance where allocated > 0"
    )
    assert sorted(b["allocated"] for b in balances) == [1, 2]
    assert all(b["reserved"] == 0 and b["on_hand"] == 10 for b in balances)
    [decision] = await rows("select * from routing_decision")
    assert decision["chosen"][0]["location"] == "LON"
    assert {c["code"]: c["outcome"] for c in decision["candidates"]} == {
        "LON": "chosen",
        "LEE": "lost",
    }
    [event] = await rows("select * from event where name = 'fulfillment.routed.v1'")
    assert event["subject_id"] == order_id
    assert event["body"]["lines"][0] == {"line_no": 1, "sku": "A", "quantity": 2}
    assert await route_due_groups(db, NOW) == 0


async def test_held_and_unpaid_orders_are_put_off(db: Database, world: World, rows: Rows) -> None:
    await place(db, world, ("A", 1), reserve_at="LON", holds=1)
    await place(db, world, ("A", 1), reserve_at="LON", payment="pending")
    async with db.transaction() as tx:
        outcomes = await route_batch(tx, NOW)
    assert sorted(each.outcome for each in outcomes) == ["held", "unpaid"]
    assert not await rows("select * from fulfillment_order")
    assert await route_due_groups(db, NOW) == 0
    assert await route_due_groups(db, NOW + timedelta(minutes=6)) == 2


async def test_nothing_fits_waits_longer_each_time_then_asks_a_person(
    db: Database, world: World, rows: Rows
) -> None:
    await add_sku(db, world, "NONE")
    order_id = await place(db, world, ("NONE", 1))
    now = NOW
    for attempt in range(1, 6):
        assert await route_due_groups(db, now) == 1
        [group] = await rows("select * from delivery_group")
        assert (group["routing_state"], group["routing_attempts"]) == ("waiting", attempt)
        assert group["route_after"] == now + timedelta(minutes=15 * 2 ** (attempt - 1))
        opened = await rows("select * from process_exception")
        assert len(opened) == (1 if attempt == 5 else 0)
        now = group["route_after"]
    assert opened[0]["order_id"] == order_id
    assert opened[0]["category"] == "routing"
    await stock(db, world, "NONE", LEE=1)
    assert await route_due_groups(db, now) == 1
    assert (await rows("select * from fulfillment_order"))[0]["state"] == "open"


async def test_backordered_units_wait_while_the_rest_goes(
    db: Database, world: World, rows: Rows
) -> None:
    await place(db, world, ("A", 5), reserve_at="LON", backordered=[(1, 2)])
    assert await route_due_groups(db, NOW) == 1
    [line] = await rows("select * from fulfillment_order_line")
    assert line["quantity"] == 3
    [group] = await rows("select * from delivery_group")
    assert (group["routing_state"], group["routing_attempts"]) == ("waiting", 0)
    assert "back-ordered" in group["routing_message"]


async def test_kits_are_allocated_by_component(db: Database, world: World, rows: Rows) -> None:
    await add_sku(db, world, "KIT", A=2, B=1)
    await place(db, world, ("KIT", 2), reserve_at="LON")
    await route_due_groups(db, NOW)
    lines = await rows("select * from fulfillment_order_line order by line_no")
    assert [(n["sku_code"], n["quantity"], n["per_unit"]) for n in lines] == [
        ("A", 4, 2),
        ("B", 2, 1),
    ]
    [order] = await rows("select units_allocated from orders")
    assert order["units_allocated"] == 2


async def test_pain_09_promise_and_allocation_agree_over_locations(
    db: Database, world: World, rows: Rows
) -> None:
    """The promise was made over the sum of locations; so is the allocation, never at one only."""
    order_id = await place(db, world, ("A", 10), ("B", 10), reserve_at="LON")
    other = await place(db, world, ("A", 10), reserve_at="LEE")
    assert await route_due_groups(db, NOW) == 2
    found = await rows(
        "select f.order_id, sum(l.quantity)::int as units from fulfillment_order f"
        " join fulfillment_order_line l using (order_id, fulfillment_order_id) group by 1",
    )
    assert {row["order_id"]: row["units"] for row in found} == {order_id: 20, other: 10}
    taken = await rows("select on_hand - allocated - reserved as free from stock_balance")
    assert min(row["free"] for row in taken) >= 0


async def test_a_reservation_is_moved_by_explicit_movements(
    db: Database, world: World, rows: Rows
) -> None:
    await place(
        db,
        world,
        ("A", 2),
        reserve_at="LEE",
        ship_to={"country": "GB", "latitude": 51.5, "longitude": -0.12},
    )
    await route_due_groups(db, NOW)
    moves = await rows(
        "select location_id, kind, reserved_delta, allocated_delta from stock_movement"
        " where cause_kind = 'fulfillment_order' order by kind",
    )
    assert [
        (m["kind"], m["location_id"], m["reserved_delta"], m["allocated_delta"]) for m in moves
    ] == [
        ("allocated", world.locations["LON"], 0, 2),
        ("released", world.locations["LEE"], -2, 0),
    ]


async def test_two_workers_route_each_group_once(db: Database, world: World, rows: Rows) -> None:
    placed = [await place(db, world, ("A", 1), reserve_at="LON") for _ in range(10)]
    counts = await asyncio.gather(*(route_due_groups(db, NOW, limit=4) for _ in range(6)))
    while await route_due_groups(db, NOW):
        pass
    made = await rows("select order_id from fulfillment_order")
    assert sorted(row["order_id"] for row in made) == sorted(placed)
    assert sum(counts) <= 10


async def test_stock_taken_meanwhile_leaves_the_whole_order_due(
    db: Database, world: World, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision is made over facts that may be old; the statement that applies it is not."""
    await add_sku(db, world, "C")
    await stock(db, world, "C", LON=1)
    loser = await place(db, world, ("A", 1), ("C", 1))

    async def late(tx: Any, keys: Any, now: Any, asked: Any = ()) -> Any:
        facts = await load_facts(tx, keys, now, asked)
        async with db.transaction() as other:
            await reserve(other, world.skus["C"], new_id(), 1, world.locations["LON"], 1)
        return facts

    with monkeypatch.context() as patched:
        patched.setattr(route, "load_facts", late)
        async with db.transaction() as tx:
            [outcome] = await route_batch(tx, NOW)
    assert outcome.outcome == "contended"
    assert not await rows("select * from fulfillment_order")
    assert not await rows("select * from allocation")
    [order] = await rows("select * from orders where order_id = $1", loser)
    assert order["units_allocated"] == 0
    assert await route_due_groups(db, NOW) == 1  # Still due, and decided anew.


async def test_capacity_is_never_exceeded_by_workers_at_once(db: Database, rows: Rows) -> None:
    world = await make_world(db)
    await add_location(db, world, "LON", daily_capacity=3)
    await stock(db, world, "A", LON=50)
    for _ in range(8):
        await place(db, world, ("A", 1), reserve_at="LON")
    await asyncio.gather(*(route_due_groups(db, NOW, limit=2) for _ in range(5)))
    [load] = await rows("select assigned, capacity from location_load")
    made = await rows("select 1 from fulfillment_order")
    assert load["assigned"] == len(made) <= 3
    while await route_due_groups(db, NOW):
        pass
    assert len(await rows("select 1 from fulfillment_order")) == 3
    waiting = await rows(
        "select routing_message from delivery_group where routing_state = 'waiting'"
    )
    assert len(waiting) == 5
    assert "capacity" in waiting[0]["routing_message"]


async def test_settings_and_exclusions_are_obeyed(db: Database, world: World, rows: Rows) -> None:
    order_id: UUID = await place(db, world, ("A", 1), reserve_at="LON")
    async with db.transaction() as tx:
        await tx.execute(
            "insert into location_exclusion values ($1, 1, $2, 'test', 'test', $3)",
            order_id,
            world.locations["LON"],
            NOW,
        )
        await tx.execute(
            "insert into setting (name, value, changed_by) values ('routing', $1, 'test')",
            {"name": "mine", "version": 7},
        )
    await route_due_groups(db, NOW)
    [made] = await rows("select location_id from fulfillment_order")
    assert made["location_id"] == world.locations["LEE"]
    [decision] = await rows("select policy_name, policy_version from routing_decision")
    assert (decision["policy_name"], decision["policy_version"]) == ("mine", 7)


async def test_goods_that_are_back_ordered_beside_digital_ones_go_when_they_come(
    db: Database, world: World, rows: Rows
) -> None:
    await add_sku(db, world, "FILM", kind="digital")
    order_id = await place(db, world, ("FILM", 1), ("A", 2), backordered=[(2, 2)])
    assert await route_due_groups(db, NOW) == 1
    assert [each["kind"] for each in await rows("select kind from fulfillment_order")] == [
        "digital"
    ]
    async with db.transaction() as tx:
        await tx.execute("delete from backorder")
        await tx.execute("update sku_backlog set units = 0")
        await fill_backordered(tx, [(order_id, 2)], NOW)
        at = world.locations["LON"]
        await reserve(tx, world.skus["A"], order_id, 2, at, 2)
    assert await route_due_groups(db, NOW) == 1
    assert await rows("select 1 from fulfillment_order where kind = 'ship'")


async def test_lines_without_a_sku_are_shown_to_a_person(
    db: Database, world: World, rows: Rows
) -> None:
    await place(db, world, ("A", 1), ("B", 1), reserve_at="LON")
    async with db.transaction() as tx:
        await tx.execute("update order_line set sku_id = null where line_no = 2")
    assert await route_due_groups(db, NOW) == 1
    assert await route_due_groups(db, NOW + timedelta(days=1)) == 1
    [group] = await rows("select routing_state, routing_message from delivery_group")
    assert group["routing_state"] == "waiting"
    assert group["routing_message"] == "Some of it is of a SKU that the catalogue does not have."
    assert len(await rows("select * from process_exception")) == 1
