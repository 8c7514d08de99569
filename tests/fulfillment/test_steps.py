"""Commands on fulfillment orders, against the database; the books are checked after every test."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from argosy.fulfillment.commands import steps
from argosy.fulfillment.commands.route import route_batch, route_due_groups
from argosy.fulfillment.commands.steps import (
    Collecting,
    Completing,
    Decide,
    Delivering,
    Outcome,
    PackageAsked,
    Packing,
    Picking,
    Rejection,
    Shipping,
    StepDone,
    UnitsBack,
    Unshipping,
    take_steps,
)
from argosy.fulfillment.commands.sweeps import deliver_digital_orders
from argosy.fulfillment.model.work import PickedLine
from argosy.kernel.database import Database
from argosy.kernel.refusals import Refused
from tests.fulfillment.conftest import Rows
from tests.fulfillment.world import NOW, World, add_location, add_sku, place, stock

Asked = tuple[UUID, Decide]


async def take(db: Database, *asked: Asked, **options: Any) -> list[Outcome]:
    given: dict[str, Any] = {"by": "test", "now": NOW, "packages": True} | options
    return await db.run(lambda tx: take_steps(tx, asked, **given))


async def done(db: Database, *asked: Asked) -> StepDone:
    outcomes = await take(db, *asked)
    for each in outcomes:
        assert isinstance(each, StepDone), each
    assert isinstance(outcomes[-1], StepDone)
    return outcomes[-1]


async def refused(db: Database, asked: Asked) -> str:
    [outcome] = await take(db, asked)
    assert isinstance(outcome, Refused), outcome
    return outcome.code.value


async def route(db: Database, rows: Rows) -> list[UUID]:
    while await route_due_groups(db, NOW):
        pass
    made = await rows("select fulfillment_order_id from fulfillment_order order by number")
    return [row["fulfillment_order_id"] for row in made]


async def routed(
    db: Database, world: World, rows: Rows, *lines: tuple[str, int], **given: Any
) -> UUID:
    await place(db, world, *lines, reserve_at=given.pop("reserve_at", "LON"), **given)
    return (await route(db, rows))[-1]


async def counters(rows: Rows) -> dict[str, int]:
    [row] = await rows(
        "select units_allocated, units_in_progress, units_fulfilled, units_delivered from orders"
    )
    return {name.removeprefix("units_"): n for name, n in row.items() if n}


async def test_the_whole_way_of_a_parcel(db: Database, world: World, rows: Rows) -> None:
    fo = await routed(db, world, rows, ("A", 2), ("B", 1))
    assert (await done(db, steps.accept(fo))).state == "accepted"
    assert await counters(rows) == {"allocated": 3, "in_progress": 3}
    assert (await done(db, steps.pick(Picking(fo)))).state == "picked"
    packed = await done(db, steps.pack(Packing(fo)))
    assert packed.state == "packed"
    assert len(packed.package_ids) == 1
    shipped = await done(db, steps.ship(Shipping(fo, "dhl", "express", "T1")))
    assert (shipped.state, shipped.amount_minor, shipped.currency) == ("shipped", 2000, "GBP")
    assert await counters(rows) == {"fulfilled": 3}
    balances = await rows("select on_hand, allocated from stock_balance where on_hand < 10")
    assert sorted(b["on_hand"] for b in balances) == [8, 9]
    assert (await done(db, steps.deliver(Delivering(fo)))).state == "fulfilled"
    assert await counters(rows) == {"fulfilled": 3, "delivered": 3}
    names = [r["name"] for r in await rows("select name from event order by recorded_at")]
    assert [n for n in names if n.startswith("fulfillment.")] == [
        "fulfillment.routed.v1",
        "fulfillment.accepted.v1",
        "fulfillment.picked.v1",
        "fulfillment.packed.v1",
        "fulfillment.shipped.v1",
        "fulfillment.delivered.v1",
    ]
    [shipment] = await rows("select state, delivered_at from shipment")
    assert shipment["state"] == "delivered"


async def test_complete_does_it_in_one_step_and_a_part_leaves_the_rest(
    db: Database, world: World, rows: Rows
) -> None:
    fo = await routed(db, world, rows, ("A", 3), total_minor=1000)
    part = await done(db, steps.complete(Completing(fo, "dhl", None, "T1", {1: 1})))
    assert (part.state, part.amount_minor) == ("accepted", 333)
    assert await counters(rows) == {"allocated": 2, "in_progress": 2, "fulfilled": 1}
    rest = await done(db, steps.complete(Completing(fo, "dhl", None, "T2")))
    assert (rest.state, rest.amount_minor) == ("shipped", 667)
    [event] = await rows(
        "select body from event where name = 'fulfillment.shipped.v1'"
        " and body ->> 'tracking_number' = 'T2'"
    )
    assert event["body"]["lines"] == [{"line_no": 1, "quantity": 2, "total_minor": 667}]


async def test_two_fulfillment_orders_of_one_line_in_one_batch_sum_exactly(
    db: Database, world: World, rows: Rows
) -> None:
    await place(db, world, ("A", 17), reserve_at=None, total_minor=1000)
    made = await route(db, rows)
    assert len(made) == 2
    outcomes = await take(db, *(steps.complete(Completing(fo)) for fo in made))
    amounts = [each.amount_minor for each in outcomes if isinstance(each, StepDone)]
    assert sum(amount or 0 for amount in amounts) == 1000
    assert await counters(rows) == {"fulfilled": 17}


async def test_partial_everything(db: Database, world: World, rows: Rows) -> None:
    fo = await routed(db, world, rows, ("A", 4), ("B", 2))
    await done(db, steps.accept(fo))
    some = await done(db, steps.pick(Picking(fo, (PickedLine(1, 3), PickedLine(2, 1)))))
    assert some.state == "accepted"
    first = await done(db, steps.pack(Packing(fo, (PackageAsked({1: 2}), PackageAsked({1: 1})))))
    assert first.state == "accepted"
    one, two = first.package_ids
    shipped = await done(db, steps.ship(Shipping(fo, "dhl", None, "T1", {one: None})))
    assert shipped.state == "accepted"
    assert shipped.amount_minor == 500
    assert await refused(db, steps.ship(Shipping(fo, packages={one: None}))) == "more_than_packed"
    await done(db, steps.ship(Shipping(fo, "dhl", packages={two: "T2"})))
    await done(db, steps.pick(Picking(fo)))
    await done(db, steps.pack(Packing(fo)))
    last = await done(db, steps.ship(Shipping(fo, "dhl", None, "T3")))
    assert last.state == "shipped"
    total = await rows("select sum(amount_minor)::int as n from shipment")
    assert total[0]["n"] == 2000


async def test_reject_goes_back_and_elsewhere(db: Database, world: World, rows: Rows) -> None:
    fo = await routed(db, world, rows, ("A", 2))
    await done(db, steps.accept(fo))
    outcome = await done(db, steps.reject(Rejection(fo, "too_busy")))
    assert (outcome.state, outcome.rerouted, outcome.released) == (
        "rejected",
        True,
        (UnitsBack(1, 2),),
    )
    [held] = await rows("select location_id, quantity from reservation")
    assert (held["location_id"], held["quantity"]) == (world.locations["LON"], 2)
    made = await route(db, rows)
    assert len(made) == 2
    [second] = await rows("select location_id from fulfillment_order where state = 'open'")
    assert second["location_id"] == world.locations["LEE"]
    assert not await rows("select * from reservation")


async def test_reject_with_missing_stock_corrects_it(
    db: Database, world: World, rows: Rows
) -> None:
    fo = await routed(db, world, rows, ("A", 2))
    await done(db, steps.reject(Rejection(fo, "not_found", {1: 2})))
    [balance] = await rows(
        "select on_hand, reserved, allocated from stock_balance"
        " where sku_id = $1 and location_id = $2",
        world.skus["A"],
        world.locations["LON"],
    )
    assert (balance["on_hand"], balance["reserved"], balance["allocated"]) == (8, 0, 0)
    assert not await rows("select * from reservation")
    await route(db, rows)
    [second] = await rows("select location_id from fulfillment_order where state = 'open'")
    assert second["location_id"] == world.locations["LEE"]


async def test_short_pick_releases_what_is_short_and_reroutes_it(
    db: Database, world: World, rows: Rows
) -> None:
    fo = await routed(db, world, rows, ("A", 3))
    await done(db, steps.accept(fo))
    picked = await done(db, steps.pick(Picking(fo, (PickedLine(1, 2, 1),), correct_stock=True)))
    assert (picked.state, picked.released) == ("picked", (UnitsBack(1, 1),))
    assert await counters(rows) == {"allocated": 2, "in_progress": 2}
    made = await route(db, rows)
    assert len(made) == 2
    [balance] = await rows(
        "select on_hand from stock_balance where sku_id = $1 and location_id = $2",
        world.skus["A"],
        world.locations["LON"],
    )
    assert balance["on_hand"] == 9
    await done(db, *(steps.complete(Completing(each)) for each in made))
    assert await counters(rows) == {"fulfilled": 3}


async def test_a_short_part_gives_up_its_kit_only(db: Database, world: World, rows: Rows) -> None:
    await add_sku(db, world, "KIT", A=2, B=1)
    fo = await routed(db, world, rows, ("KIT", 3))
    await done(db, steps.accept(fo))
    lines = (PickedLine(1, 6), PickedLine(2, 2, 1))
    picked = await done(db, steps.pick(Picking(fo, lines)))
    assert (picked.state, picked.released) == ("picked", (UnitsBack(1, 1),))
    found = await rows(
        "select quantity, picked, short, canceled from fulfillment_order_line order by line_no"
    )
    assert [tuple(row.values()) for row in found] == [(6, 4, 0, 2), (3, 2, 1, 0)]
    assert (await done(db, steps.complete(Completing(fo)))).state == "shipped"


async def test_everything_short_ends_the_work(db: Database, world: World, rows: Rows) -> None:
    fo = await routed(db, world, rows, ("A", 1))
    await done(db, steps.accept(fo))
    picked = await done(db, steps.pick(Picking(fo, (PickedLine(1, 0, 1),))))
    assert picked.state == "rejected"
    assert await counters(rows) == {}


async def test_undo_where_the_world_allows_it(db: Database, world: World, rows: Rows) -> None:
    fo = await routed(db, world, rows, ("A", 2))
    await done(db, steps.accept(fo))
    await done(db, steps.pick(Picking(fo)))
    assert await refused(db, steps.undo(fo, "unaccept")) == "wrong_state"
    assert (await done(db, steps.undo(fo, "unpick"))).state == "accepted"
    assert (await done(db, steps.undo(fo, "unaccept"))).state == "open"
    assert await counters(rows) == {"allocated": 2}
    await done(db, steps.accept(fo))
    await done(db, steps.pick(Picking(fo)))
    await done(db, steps.pack(Packing(fo)))
    assert (await done(db, steps.undo(fo, "unpack"))).state == "picked"
    assert not await rows("select * from package")
    await done(db, steps.pack(Packing(fo)))
    shipped = await done(db, steps.ship(Shipping(fo, "dhl", None, "T1")))
    assert shipped.shipment_id is not None
    back = await done(db, steps.unship(Unshipping(fo, shipped.shipment_id, "wrong label")))
    assert back.state == "packed"
    assert await counters(rows) == {"allocated": 2, "in_progress": 2}
    again = await done(db, steps.ship(Shipping(fo, "ups", None, "U1")))
    assert again.amount_minor == 0  # Announced before; nobody is charged twice.
    assert not await rows("select * from unship_credit")


async def test_unship_only_until_the_carrier_has_it(db: Database, world: World, rows: Rows) -> None:
    fo = await routed(db, world, rows, ("A", 1))
    shipped = await done(db, steps.complete(Completing(fo, "dhl", None, "T1")))
    async with db.transaction() as tx:
        await tx.execute("update package set scanned_at = $1", NOW)
    assert shipped.shipment_id is not None
    asked = Unshipping(fo, shipped.shipment_id, "oops")
    assert await refused(db, steps.unship(asked)) == "carrier_has_it"


async def test_pickup_with_a_code(db: Database, world: World, rows: Rows) -> None:
    await add_location(db, world, "SHOP", kind="store", can_pickup=True)
    await stock(db, world, "A", SHOP=5)
    fo = await routed(
        db, world, rows, ("A", 1), reserve_at="SHOP", method="pickup", pickup_at="SHOP"
    )
    await done(db, steps.accept(fo))
    assert await refused(db, steps.ship(Shipping(fo))) == "wrong_kind"
    assert await refused(db, steps.make_ready(fo, "123456")) == "wrong_state"
    await done(db, steps.pick(Picking(fo)))
    assert (await done(db, steps.make_ready(fo, "123456"))).state == "ready_for_pickup"
    stored = await rows("select pickup_code_hash from fulfillment_order")
    assert b"123456" not in stored[0]["pickup_code_hash"]
    assert await refused(db, steps.collect(Collecting(fo, "000000"))) == "wrong_pickup_code"
    attempts = await rows("select pickup_attempts from fulfillment_order")
    assert attempts[0]["pickup_attempts"] == 1
    collected = await done(db, steps.collect(Collecting(fo, "123456")))
    assert (collected.state, collected.amount_minor) == ("fulfilled", 1000)
    assert await counters(rows) == {"fulfilled": 1, "delivered": 1}


async def test_ten_wrong_codes_lock_the_door(db: Database, world: World, rows: Rows) -> None:
    await add_location(db, world, "SHOP", kind="store", can_pickup=True)
    await stock(db, world, "A", SHOP=5)
    fo = await routed(
        db, world, rows, ("A", 1), reserve_at="SHOP", method="pickup", pickup_at="SHOP"
    )
    await done(db, steps.accept(fo))
    await done(db, steps.pick(Picking(fo)))
    await done(db, steps.make_ready(fo, "123456"))
    for _ in range(10):
        assert await refused(db, steps.collect(Collecting(fo, "1"))) == "wrong_pickup_code"
    assert await refused(db, steps.collect(Collecting(fo, "123456"))) == "too_many_pickup_attempts"
    assert (await done(db, steps.collect(Collecting(fo)))).state == "fulfilled"


async def test_a_bad_one_never_fails_its_neighbours(db: Database, world: World, rows: Rows) -> None:
    good = await routed(db, world, rows, ("A", 1))
    unknown = UUID(int=7)
    outcomes = await take(
        db, steps.accept(unknown), steps.accept(good), steps.accept(good), steps.accept(unknown)
    )
    assert [each.code if isinstance(each, Refused) else each.state for each in outcomes] == [
        "fulfillment_order_not_found",
        "accepted",
        "named_twice",
        "fulfillment_order_not_found",
    ]


async def test_a_location_sees_only_its_own(db: Database, world: World, rows: Rows) -> None:
    fo = await routed(db, world, rows, ("A", 1))
    [outcome] = await take(db, steps.accept(fo), locations=frozenset({world.locations["LEE"]}))
    assert isinstance(outcome, Refused)
    assert outcome.code == "fulfillment_order_not_found"


async def test_a_channel_moves_only_its_own(db: Database, world: World, rows: Rows) -> None:
    fo = await routed(db, world, rows, ("A", 1))
    [outcome] = await take(db, steps.accept(fo), channels=frozenset({UUID(int=7)}))
    assert isinstance(outcome, Refused)
    assert outcome.code == "fulfillment_order_not_found"
    [outcome] = await take(db, steps.accept(fo), channels=frozenset({world.channel_id}))
    assert isinstance(outcome, StepDone)


async def test_preview_changes_nothing(db: Database, world: World, rows: Rows) -> None:
    fo = await routed(db, world, rows, ("A", 2))
    before = await rows("select * from fulfillment_order")
    [outcome] = await take(db, steps.reject(Rejection(fo, "busy")), preview=True)
    assert isinstance(outcome, StepDone)
    assert (outcome.state, outcome.version, outcome.released) == ("rejected", 0, (UnitsBack(1, 2),))
    assert await rows("select * from fulfillment_order") == before


async def test_pain_02_shipping_twice_at_once_ships_once(
    db: Database, world: World, rows: Rows
) -> None:
    fo = await routed(db, world, rows, ("A", 2))
    outcomes = await asyncio.gather(
        *(take(db, steps.complete(Completing(fo, "dhl", None, f"T{n}"))) for n in range(6))
    )
    assert sum(isinstance(each[0], StepDone) for each in outcomes) == 1
    assert len(await rows("select * from shipment")) == 1
    assert len(await rows("select 1 from event where name = 'fulfillment.shipped.v1'")) == 1


async def test_pain_02_last_units_are_allocated_once(
    db: Database, world: World, rows: Rows
) -> None:
    await add_sku(db, world, "LAST")
    await stock(db, world, "LAST", LON=3)
    for _ in range(8):
        await place(db, world, ("LAST", 1))
    await asyncio.gather(*(route_due_groups(db, NOW, limit=3) for _ in range(4)))
    while await route_due_groups(db, NOW):
        pass
    made = await rows("select 1 from fulfillment_order")
    [balance] = await rows(
        "select allocated from stock_balance where sku_id = $1", world.skus["LAST"]
    )
    assert len(made) == balance["allocated"] == 3


async def test_pain_10_a_shipment_consumes_its_own_allocation(
    db: Database, world: World, rows: Rows
) -> None:
    here = await routed(db, world, rows, ("A", 2))
    there = await routed(
        db,
        world,
        rows,
        ("A", 2),
        reserve_at="LEE",
        ship_to={"country": "GB", "latitude": 53.8, "longitude": -1.55},
    )
    await done(db, steps.complete(Completing(there)))
    left = await rows("select fulfillment_order_id, location_id, quantity from allocation")
    assert [(r["fulfillment_order_id"], r["location_id"], r["quantity"]) for r in left] == [
        (here, world.locations["LON"], 2)
    ]
    moved = await rows("select location_id from stock_movement where kind = 'shipped'")
    assert {row["location_id"] for row in moved} == {world.locations["LEE"]}


@pytest.mark.parametrize("how", ["plain", "kit", "picked"])
async def test_pain_13_canceling_work_gives_the_units_back(
    db: Database, world: World, rows: Rows, how: str
) -> None:
    await add_sku(db, world, "KIT", A=2, B=1)
    fo = await routed(db, world, rows, ("KIT" if how == "kit" else "A", 2))
    held = await rows("select sku_id, location_id, reserved + allocated as n from stock_balance")
    if how == "picked":
        await done(db, steps.accept(fo))
        await done(db, steps.pick(Picking(fo)))
        await done(db, steps.pack(Packing(fo)))
    canceled = await done(db, steps.cancel(fo, "customer called"))
    assert (canceled.state, canceled.rerouted) == ("canceled", True)
    assert await counters(rows) == {}
    assert await rows("select sku_id, location_id, reserved as n from stock_balance") == held
    assert await rows("select sum(assigned)::int as n from location_load") == [{"n": 0}]
    assert len(await route(db, rows)) == 2
    assert await counters(rows) == {"allocated": 2}


async def test_pain_12_and_13_canceling_after_a_part_left_gives_back_the_rest_once(
    db: Database, world: World, rows: Rows
) -> None:
    fo = await routed(db, world, rows, ("A", 3))
    await done(db, steps.complete(Completing(fo, lines={1: 1})))
    outcomes = await asyncio.gather(*(take(db, steps.cancel(fo, "stop")) for _ in range(4)))
    states = [each[0].state if isinstance(each[0], StepDone) else "no" for each in outcomes]
    assert sorted(states) == ["no", "no", "no", "shipped"]
    [held] = await rows("select quantity from reservation")
    assert held["quantity"] == 2
    assert await counters(rows) == {"fulfilled": 1}


async def test_pain_29_state_is_read_again_under_the_lock(
    db: Database, world: World, rows: Rows
) -> None:
    """Ship and cancel at once: one wins, and the counters say which; never both."""
    for _ in range(5):
        fo = await routed(db, world, rows, ("A", 1))
        ship, cancel = await asyncio.gather(
            take(db, steps.complete(Completing(fo))), take(db, steps.cancel(fo, "no"))
        )
        assert isinstance(ship[0], StepDone) != isinstance(cancel[0], StepDone)


async def test_pain_29_a_held_or_closed_order_is_not_shipped(
    db: Database, world: World, rows: Rows
) -> None:
    fo = await routed(db, world, rows, ("A", 1))
    async with db.transaction() as tx:
        await tx.execute("update orders set active_holds = 1")
    assert await refused(db, steps.complete(Completing(fo))) == "order_on_hold"
    async with db.transaction() as tx:
        await tx.execute("update orders set active_holds = 0, lifecycle = 'canceled'")
    assert await refused(db, steps.complete(Completing(fo))) == "order_not_open"


async def test_pain_29_the_row_refuses_what_a_bug_would_do(
    db: Database, world: World, rows: Rows
) -> None:
    await routed(db, world, rows, ("A", 1))
    for change in ("picked = 2", "packed = 1", "shipped = 1", "delivered = 1", "canceled = 2"):
        with pytest.raises(asyncpg.CheckViolationError):
            async with db.transaction() as tx:
                await tx.execute(f"update fulfillment_order_line set {change}")


async def test_pain_37_bulk_shipping_is_one_set_with_one_outcome_each(
    db: Database, world: World, rows: Rows
) -> None:
    """Forty orders are routed in one transaction and shipped in another, in a few statements."""
    await stock(db, world, "A", LON=100)
    for _ in range(40):
        await place(db, world, ("A", 1), reserve_at="LON")
    seen: list[str] = []

    async def counted(work: Any) -> Any:
        async with db.writing_pool.acquire() as connection:

            def listener(query: Any) -> None:
                # The driver asks about types once per connection, and about jit while it does.
                if "typeinfo_tree" not in query.query and "'jit'" not in query.query:
                    seen.append(query.query)

            connection.add_query_logger(listener)
            try:
                async with connection.transaction():
                    return await work(connection)
            finally:
                connection.remove_query_logger(listener)

    await counted(lambda tx: route_batch(tx, NOW))
    routing, seen[:] = len(seen), []
    made = await route(db, rows)
    assert len(made) == 40
    asked = [steps.complete(Completing(fo, "dhl", None, f"T{fo}")) for fo in made]
    outcomes = await counted(lambda tx: take_steps(tx, asked, by="test", now=NOW, packages=True))
    assert all(isinstance(each, StepDone) for each in outcomes)
    assert routing <= 17, routing  # For 1 group or 500; with the first load of the network.
    assert len(seen) <= 10, seen


async def test_digital_and_physical_of_one_group(db: Database, world: World, rows: Rows) -> None:
    await add_sku(db, world, "EBOOK", kind="digital")
    await place(db, world, ("A", 1), ("EBOOK", 2), reserve_at="LON")
    await route(db, rows)
    kinds = await rows("select kind, location_id from fulfillment_order order by kind")
    assert [row["kind"] for row in kinds] == ["digital", "ship"]
    assert await deliver_digital_orders(db, NOW) == 1
    assert await deliver_digital_orders(db, NOW) == 0
    assert await counters(rows) == {"allocated": 1, "fulfilled": 2, "delivered": 2}
    [shipment] = await rows("select amount_minor, state from shipment")
    assert (shipment["amount_minor"], shipment["state"]) == (1000, "delivered")


async def test_a_vendor_hands_over_by_completing(db: Database, world: World, rows: Rows) -> None:
    await add_location(db, world, "VENDOR", kind="drop_ship")
    await add_sku(db, world, "SOFA")
    await stock(db, world, "SOFA", VENDOR=5)
    fo = await routed(db, world, rows, ("SOFA", 1), reserve_at="VENDOR")
    [made] = await rows("select kind from fulfillment_order")
    assert made["kind"] == "drop_ship"
    assert (await done(db, steps.complete(Completing(fo, "own", None, "V-1")))).state == "shipped"


async def test_digital_work_is_called_off_without_any_stock(
    db: Database, world: World, rows: Rows
) -> None:
    await add_sku(db, world, "EBOOK", kind="digital")
    await place(db, world, ("EBOOK", 2))
    [made] = await route(db, rows)
    outcome = await done(db, steps.cancel(made, "wrong file"))
    assert (outcome.state, outcome.rerouted) == ("canceled", True)
    assert len(await route(db, rows)) == 2
