"""Races for scarce things over many connections, and the rows that refuse whoever calls."""

import asyncio
from typing import Any

import asyncpg
import pytest

from argosy.inventory import door as inventory
from argosy.kernel.database import Database
from argosy.kernel.ids import new_id
from argosy.orders.door import Captured, CaptureRefused
from tests.business import Business
from tests.orders.world import NOW, fetch, fetch_value, line, order, place, place_one, stock


async def _race(db: Database, *batches: list[Any]) -> list[Captured | CaptureRefused]:
    done = await asyncio.gather(*(place(db, *batch) for batch in batches))
    return [outcome for outcomes in done for outcome in outcomes]


async def test_pain_02_many_takers_of_the_last_units_get_exactly_the_stock(
    db: Database, shop: Business
) -> None:
    await stock(db, shop, "SALE", reading=7, venlo=6)
    batches = [[order(f"{n}-{k}", line("SALE")) for k in range(3)] for n in range(16)]
    outcomes = await _race(db, *batches)
    assert sum(isinstance(each, Captured) for each in outcomes) == 13
    assert await fetch_value(db, "select sum(quantity) from reservation") == 13
    refused = [each for each in outcomes if isinstance(each, CaptureRefused)]
    assert {each.faults[0].code.value for each in refused} == {"out_of_stock"}


async def test_pain_01_check_and_take_hold_together(db: Database, shop: Business) -> None:
    """What was read a moment ago is not believed: the taking statement looks again."""
    await stock(db, shop, "SALE", reading=5)
    sku_id, place_id = shop.skus["SALE"], shop.locations["reading"]
    row = inventory.Reserve(sku_id, new_id(), 1, place_id, 4)
    how: dict[str, Any] = {"owner_kind": "order", "expires_at": None, "by": "test", "now": NOW}
    async with db.transaction() as first, db.transaction() as second:
        for tx in (first, second):
            seen = await inventory.load_stock(tx, [sku_id], lock=False)
            assert seen[sku_id].free[place_id] == 5
        assert await inventory.reserve_units(first, [row], **how)
        waiting = asyncio.create_task(inventory.reserve_units(second, [row], **how))
        await first.execute("commit")
        assert await waiting is False
        await second.execute("rollback")
        await first.execute("begin")
        await second.execute("begin")
    async with db.transaction() as tx:  # Give back what belongs to no order.
        await tx.execute("delete from reservation")
        await tx.execute("delete from stock_movement where kind = 'reserved'")
        await tx.execute("update stock_balance set reserved = 0")


async def test_pain_03_the_row_refuses_whoever_calls(db: Database, shop: Business) -> None:
    await place_one(db, order("1", line("MUG", 3)))
    with pytest.raises(asyncpg.CheckViolationError, match="promised_within_on_hand"):
        async with db.transaction() as tx:
            await tx.execute("update stock_balance set reserved = on_hand + 1")


async def test_pain_04_lines_kits_and_parts_share_one_figure(db: Database, shop: Business) -> None:
    await stock(db, shop, "SALE", reading=3)
    async with db.transaction() as tx:
        await tx.execute(
            "update stock_balance set on_hand = 4 where sku_id = $1 and location_id = $2",
            shop.skus["MUG"],
            shop.locations["reading"],
        )
        await tx.execute(
            "delete from stock_balance where sku_id = $1 and location_id <> $2",
            shop.skus["MUG"],
            shop.locations["reading"],
        )
        await tx.execute(
            "delete from stock_movement where sku_id = $1 and location_id <> $2",
            shop.skus["MUG"],
            shop.locations["reading"],
        )
        await tx.execute(
            "update stock_movement set on_hand_delta = 4 where sku_id = $1", shop.skus["MUG"]
        )
    outcomes = await place(
        db,
        order("1", line("SET", 1), line("MUG", 3)),  # 2 mugs in the kit and 3 beside it: 5 of 4.
        order("2", line("MUG", 2), line("MUG", 3)),
        order("3", line("SET", 1), line("MUG", 2)),
        order("4", line("MUG", 1)),
    )
    assert [isinstance(each, Captured) for each in outcomes] == [False, False, True, False]


async def test_pain_05_batches_in_opposite_order_do_not_dead_lock(
    db: Database, shop: Business
) -> None:
    skus = ["MUG", "PLATE", "BOWL", "LANTERN-S"]
    batches = []
    for n in range(12):
        names = skus if n % 2 else skus[::-1]
        batches.append([order(f"{n}-{k}", *(line(sku) for sku in names)) for k in range(2)])
    before = await fetch_value(
        db, "select deadlocks from pg_stat_database where datname = current_database()"
    )
    outcomes = await _race(db, *batches)
    assert all(isinstance(each, Captured) for each in outcomes)
    after = await fetch_value(
        db, "select deadlocks from pg_stat_database where datname = current_database()"
    )
    assert after == before


async def test_pain_06_the_loser_of_a_race_leaves_nothing(db: Database, shop: Business) -> None:
    await stock(db, shop, "SALE", reading=1)
    buyers = [
        order(
            str(n),
            line("SALE"),
            customer={"external_id": f"c-{n}"},
            payments=[{"gateway": "manual", "amount_minor": 1, "authorization_ref": f"R{n}"}],
        )
        for n in range(8)
    ]
    outcomes = await _race(db, *[[each] for each in buyers])
    assert sum(isinstance(each, Captured) for each in outcomes) == 1
    for table in ("orders", "customer", "payment", "gateway_reference", "promise"):
        assert await fetch_value(db, f"select count(*) from {table}") == 1, table
    assert await fetch_value(db, "select count(*) from event where name like 'order.%'") == 1


async def test_pain_09_the_promise_is_what_is_reserved(db: Database, shop: Business) -> None:
    await stock(db, shop, "SALE", reading=2, venlo=3)
    await place_one(db, order("1", line("SALE", 5)))
    basis = await fetch_value(db, "select basis from promise")
    where = await fetch(
        db, "select l.code, r.quantity from reservation r join location l using (location_id)"
    )
    assert {each["code"]: each["quantity"] for each in where} == {"reading": 2, "venlo": 3}
    assert sorted(basis["locations"]) == ["reading", "venlo"]


async def test_double_submits_make_one_order(db: Database, shop: Business) -> None:
    outcomes = await _race(db, *[[order("same"), order(f"own-{n}")] for n in range(10)])
    assert all(isinstance(each, Captured) for each in outcomes)
    assert await fetch_value(db, "select count(*) from orders where external_id = 'same'") == 1
    same = [each for each in outcomes if isinstance(each, Captured)][::2]
    assert len({each.summary.order_id for each in same}) == 1
    assert sum(each.created for each in same) == 1


async def test_pain_08_a_hot_sku_is_sold_to_the_last_unit_without_dead_locks(
    db: Database, shop: Business
) -> None:
    batches = [[order(f"{n}-{k}", line("BOWL", 2)) for k in range(11)] for n in range(10)]
    outcomes = await _race(db, *batches)
    assert sum(isinstance(each, Captured) for each in outcomes) == 110
    assert await fetch_value(db, "select sum(quantity) from reservation") == 220


async def test_the_cap_of_back_orders_holds_in_a_race(db: Database, shop: Business) -> None:
    outcomes = await _race(db, *[[order(str(n), line("CLOCK", 2))] for n in range(12)])
    assert sum(isinstance(each, Captured) for each in outcomes) == 5
    assert await fetch_value(db, "select sum(quantity) from backorder") == 10


async def test_a_cart_becomes_an_order_once_and_is_kept_by_a_refused_one(
    db: Database, shop: Business
) -> None:
    await stock(db, shop, "SALE", reading=2)
    cart_id = new_id()
    async with db.transaction() as tx:
        row = inventory.Reserve(shop.skus["SALE"], cart_id, 1, shop.locations["reading"], 2)
        assert await inventory.reserve_units(
            tx, [row], owner_kind="cart", expires_at=NOW.replace(hour=11), by="test", now=NOW
        )
    refused = (await place(db, order("1", line("SALE", 3), reservation_id=str(cart_id))))[0]
    assert isinstance(refused, CaptureRefused)
    assert await fetch_value(db, "select sum(quantity) from reservation") == 2
    asked = [order(str(n), line("SALE", 2), reservation_id=str(cart_id)) for n in (2, 3, 4)]
    outcomes = await _race(db, *[[each] for each in asked])
    assert sum(isinstance(each, Captured) for each in outcomes) == 1
    kinds = await fetch(db, "select distinct owner_kind from reservation")
    assert kinds == [{"owner_kind": "order"}]
