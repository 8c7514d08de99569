"""Allocations and releases: what is undone goes back to where it was, once."""

import asyncio
from uuid import UUID

import pytest

from argosy.catalogue import SkuRename, door as catalogue
from argosy.identity import SYSTEM
from argosy.inventory import door
from argosy.kernel.ids import new_id
from argosy.verification import repair_balances, verify_database
from tests.inventory.shop import BY, NOW, SQL, Shop
from tests.inventory.test_transfers import opened, ship

HOW = {"by": BY, "now": NOW}


async def allocate(
    shop: Shop,
    sku: str,
    units: int,
    *,
    order_id: UUID,
    source: str | None,
    target: str,
    work_id: UUID | None = None,
) -> UUID | None:
    """Allocate reserved or free units to new work; None when the order was left as it was."""
    work = work_id or new_id()
    row = door.Allocate(
        shop.sku(sku),
        order_id,
        1,
        None if source is None else shop.at(source),
        shop.at(target),
        work,
        1,
        units,
    )
    failed = await shop.db.run(lambda tx: door.convert_to_allocations(tx, [row], **HOW))
    return None if failed else work


async def test_reserved_units_are_allocated_where_they_lie_or_elsewhere(shop: Shop) -> None:
    await shop.receive("MUG", reading=5, london=5)
    order = await shop.reserve("MUG", "reading", 5)
    assert order
    assert await allocate(shop, "MUG", 3, order_id=order, source="reading", target="reading")
    assert await shop.balance("MUG", "reading") == (5, 3, 2)
    assert await allocate(shop, "MUG", 2, order_id=order, source="reading", target="london")
    assert await shop.balance("MUG", "reading") == (5, 3, 0)
    assert await shop.balance("MUG", "london") == (5, 2, 0)
    lost = await allocate(shop, "MUG", 1, order_id=order, source="reading", target="reading")
    assert lost is None


async def test_a_shipment_consumes_its_own_allocation(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    work = await allocate(shop, "MUG", 3, order_id=new_id(), source=None, target="reading")
    assert work
    rows = [door.ShipAllocated(shop.sku("MUG"), work, 1, 2)]
    await shop.db.run(lambda tx: door.ship_allocations(tx, rows, **HOW))
    assert await shop.balance("MUG", "reading") == (3, 1, 0)
    rows = [door.ShipAllocated(shop.sku("MUG"), new_id(), 1, 1)]
    with pytest.raises(door.NotAllocated):
        await shop.db.run(lambda tx: door.ship_allocations(tx, rows, **HOW))


async def test_pain_13_undone_steps_put_units_back_where_they_were(shop: Shop) -> None:
    """Allocate, ship, unship and release a kit's parts: the reservation stands again, in full."""
    await shop.receive("MUG", reading=8)
    await shop.receive("PLATE", reading=4)
    order, work = new_id(), new_id()
    parts = {"MUG": 4, "PLATE": 2}
    for sku, units in parts.items():
        assert await shop.reserve(sku, "reading", units, order_id=order)
    before = {sku: await shop.balance(sku, "reading") for sku in parts}
    for sku, units in parts.items():
        assert await allocate(
            shop, sku, units, order_id=order, source="reading", target="reading", work_id=work
        )
    ship = [door.ShipAllocated(shop.sku(sku), work, 1, units) for sku, units in parts.items()]
    await shop.db.run(lambda tx: door.ship_allocations(tx, ship, **HOW))
    back = [
        door.UnshipAllocated(shop.sku(sku), work, 1, shop.at("reading"), units)
        for sku, units in parts.items()
    ]
    await shop.db.run(lambda tx: door.unship_allocations(tx, back, **HOW))
    release = [
        door.ReleaseAllocated(shop.sku(sku), work, 1, units, order, 1, to_reservation=True)
        for sku, units in parts.items()
    ]
    await shop.db.run(lambda tx: door.release_allocations(tx, release, **HOW))
    assert {sku: await shop.balance(sku, "reading") for sku in parts} == before
    rows = await shop.fetch("select sku_id, quantity from reservation where owner_id = $1", order)
    assert {row["sku_id"]: row["quantity"] for row in rows} == {
        shop.sku(sku): units for sku, units in parts.items()
    }
    with pytest.raises(door.NotAllocated):
        await shop.db.run(lambda tx: door.release_allocations(tx, release, **HOW))


async def test_pain_12_a_cause_releases_only_what_is_held_and_only_once(shop: Shop) -> None:
    await shop.receive("MUG", reading=3, london=9)
    order = new_id()
    assert await shop.reserve("MUG", "reading", 3, order_id=order)
    assert await shop.reserve("MUG", "london", 4, order_id=order)
    first, second = new_id(), new_id()

    async def release(cause: UUID, units: int) -> int:
        rows = [door.Release(shop.sku("MUG"), order, 1, units, cause)]
        freed = await shop.db.run(
            lambda tx: door.release_reservations(tx, rows, cause_kind="order", **HOW)
        )
        return sum(freed.values())

    assert await release(first, 5) == 5
    assert await release(first, 5) == 0
    assert await release(second, 5) == 2
    assert await release(new_id(), 5) == 0
    assert await shop.balance("MUG", "reading") == (3, 0, 0)
    assert await shop.balance("MUG", "london") == (9, 0, 0)


async def test_pain_12_two_causes_at_once_free_no_more_than_is_held(shop: Shop) -> None:
    await shop.receive("MUG", reading=9)
    order = new_id()
    assert await shop.reserve("MUG", "reading", 5, order_id=order)

    async def release() -> int:
        rows = [door.Release(shop.sku("MUG"), order, 1, 2, new_id())]
        freed = await shop.db.run(
            lambda tx: door.release_reservations(tx, rows, cause_kind="order", **HOW)
        )
        return sum(freed.values())

    assert sorted(await asyncio.gather(*(release() for _ in range(5)))) == [0, 0, 1, 2, 2]
    assert await shop.balance("MUG", "reading") == (9, 0, 0)


async def test_pain_15_releasing_never_asks_for_free_stock(shop: Shop) -> None:
    """Everything is promised and safety stock is far above: cancellations still go through."""
    await shop.receive("MUG", reading=5)
    order = await shop.reserve("MUG", "reading", 3)
    assert order
    work = await allocate(shop, "MUG", 2, order_id=new_id(), source=None, target="reading")
    assert work
    async with shop.db.transaction() as tx:
        await tx.execute("update stock_balance set safety_stock = 100")
    rows = [door.Release(shop.sku("MUG"), order, 1, 3, new_id())]
    back = [door.ReleaseAllocated(shop.sku("MUG"), work, 1, 2, new_id(), 1, to_reservation=True)]
    async with shop.db.transaction() as tx:
        await door.release_reservations(tx, rows, cause_kind="order", **HOW)
        await door.release_allocations(tx, back, **HOW)
    assert await shop.balance("MUG", "reading") == (5, 0, 2)


async def test_pain_14_a_new_code_leaves_the_balance_alone(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    async with shop.db.transaction() as tx:
        [renamed] = await catalogue.rename_skus(
            tx, [SkuRename(code="MUG", new_code="CUP")], by=SYSTEM, now=NOW
        )
    assert not hasattr(renamed, "detail"), renamed
    assert await shop.balance("MUG", "reading") == (5, 0, 0)
    await shop.receive("CUP", reading=1)
    assert await shop.balance("MUG", "reading") == (6, 0, 0)


async def test_pain_14_books_that_disagree_are_found_and_repaired(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    assert await shop.queue("CLOCK", 2)
    async with shop.db.transaction() as tx:
        await tx.execute("update stock_balance set on_hand = 7")
        await tx.execute("update sku_backlog set units = 5")
    rules = {each.rule for each in await verify_database(shop.db)}
    assert rules == {
        "stock balance is the sum of its movements",
        "backlog is the sum of back-orders",
    }
    await repair_balances(shop.db)
    assert await verify_database(shop.db) == []
    assert await shop.balance("MUG", "reading") == (5, 0, 0)


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (
            "update stock_movement set on_hand_delta = 4",
            "stock balance is the sum of its movements",
        ),
        ("update reservation set quantity = 1", "reserved stock is the sum of reservations"),
        ("delete from reservation", "reserved stock is the sum of reservations"),
        ("update allocation set quantity = 9", "allocated stock is the sum of allocations"),
        ("delete from backorder", "backlog is the sum of back-orders"),
        (
            "update stock_transfer_line set lost = 1",
            "units in transit are expected at their destination",
        ),
        (
            "update incoming_stock set closed_at = now()",
            "units in transit are expected at their destination",
        ),
    ],
)
async def test_each_verification_finds_its_damage(shop: Shop, damage: str, rule: str) -> None:
    await shop.receive("MUG", reading=9)
    assert await shop.reserve("MUG", "reading", 2)
    assert await allocate(shop, "MUG", 2, order_id=new_id(), source=None, target="reading")
    assert await shop.queue("CLOCK", 2)
    await ship(shop, await opened(shop, ("MUG", 3)))
    async with shop.db.writing_pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(damage)
        found = []
        for path in sorted(SQL.glob("verify_*.sql")):
            found += [row["rule"] for row in await connection.fetch(path.read_text())]
        await transaction.rollback()
    assert any(rule in each for each in found), found


async def test_who_comes_first_is_served_when_there_is_not_enough_for_all(shop: Shop) -> None:
    """Else orders that want each other's places would fail together, again and again."""
    await shop.receive("MUG", reading=3)
    orders = [new_id() for _ in range(3)]
    rows = [
        door.Allocate(
            shop.sku("MUG"), order_id, 1, None, shop.at("reading"), new_id(), 1, 2 - number // 2
        )
        for number, order_id in enumerate(orders)
    ]
    failed = await shop.db.run(lambda tx: door.convert_to_allocations(tx, rows, **HOW))
    assert failed == {orders[1], orders[2]}
    assert await shop.balance("MUG", "reading") == (3, 2, 0)
