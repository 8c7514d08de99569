"""Back-orders and pre-orders: promised within a cap, filled in order of promise."""

from uuid import UUID

import asyncpg
import pytest

from argosy.inventory import door
from argosy.inventory.commands import changes, transfers
from argosy.inventory.commands.feed import FeedAsk, take_feeds
from argosy.inventory.commands.fill import fill_backorders
from argosy.inventory.jobs import expire_carts
from argosy.inventory.model.feeds import Feed, Position
from argosy.inventory.model.stock import Adjustment, Count
from argosy.kernel.ids import new_id
from tests.inventory.shop import BY, NOW, Shop, later
from tests.inventory.test_carts import held
from tests.inventory.test_transfers import opened, receive, ship


async def waiting(shop: Shop, sku: str) -> dict[UUID, int]:
    rows = await shop.fetch(
        "select owner_id, quantity from backorder where sku_id = $1", shop.sku(sku)
    )
    return {row["owner_id"]: row["quantity"] for row in rows}


async def filled_units(shop: Shop) -> dict[UUID, int]:
    told = await shop.events("stock.backorder_filled.v1")
    units: dict[UUID, int] = {}
    for each in told:
        units[each["subject_id"]] = units.get(each["subject_id"], 0) + each["order_units"]
    return units


async def test_a_receipt_serves_who_waits_in_order_of_promise(shop: Shop) -> None:
    late = await shop.queue("CLOCK", 3, promised_at=later(days=20))
    early = await shop.queue("CLOCK", 4, promised_at=later(days=10), now=later(hours=1))
    undated = await shop.queue("CLOCK", 2)
    assert late
    assert early
    assert undated
    await shop.receive("CLOCK", reading=5)
    assert await waiting(shop, "CLOCK") == {late: 2, undated: 2}
    assert await filled_units(shop) == {early: 4, late: 1}
    await shop.receive("CLOCK", london=10)
    assert await waiting(shop, "CLOCK") == {}
    assert await filled_units(shop) == {early: 4, late: 3, undated: 2}
    assert await shop.balance("CLOCK", "reading") == (5, 0, 5)
    assert await shop.balance("CLOCK", "london") == (10, 0, 4)
    assert await shop.fetchval("select units from sku_backlog") == 0


async def test_every_way_in_which_stock_comes_serves_who_waits(shop: Shop) -> None:
    orders = [await shop.queue("CLOCK", 1, now=later(minutes=n)) for n in range(5)]
    row = [Adjustment("CLOCK", "reading", 1, "found")]
    await shop.db.run(lambda tx: changes.adjust_stock(tx, row, by=BY, now=NOW))
    assert len(await waiting(shop, "CLOCK")) == 4
    await changes.count_stock(shop.db, [Count("CLOCK", "reading", 2)], by=BY, now=NOW)
    assert len(await waiting(shop, "CLOCK")) == 3
    feed = Feed("london", "f1", NOW, [Position("CLOCK", 1)])
    await take_feeds(shop.db, [FeedAsk(feed, BY)], NOW)
    assert await waiting(shop, "CLOCK") == {orders[3]: 1, orders[4]: 1}


async def test_transfers_serve_who_waits(shop: Shop) -> None:
    """What is picked up in a store waits until the goods are there."""
    await shop.receive("CLOCK", reading=3)
    transfer_id = await opened(shop, ("CLOCK", 3))
    order = await shop.queue("CLOCK", 2, pickup="london")
    await ship(shop, transfer_id, CLOCK=2)
    assert await fill_backorders(shop.db, NOW) == 0
    assert await waiting(shop, "CLOCK") == {order: 2}
    await receive(shop, transfer_id)
    assert await waiting(shop, "CLOCK") == {}
    other = await opened(shop, ("CLOCK", 1))
    web = await shop.queue("CLOCK", 1)
    assert web in await waiting(shop, "CLOCK")
    await shop.db.run(lambda tx: transfers.cancel_transfers(tx, [other], by=BY, now=NOW))
    assert await fill_backorders(shop.db, NOW) == 1
    assert await waiting(shop, "CLOCK") == {}


async def test_the_sweep_fills_what_becomes_free_by_itself(shop: Shop) -> None:
    await shop.receive("CLOCK", reading=2)
    await held(shop, ("CLOCK", 2), ttl_seconds=60)
    order = await shop.queue("CLOCK", 2)
    assert await fill_backorders(shop.db, NOW) == 0
    assert await expire_carts(shop.db, later(minutes=1)) == 1
    assert await fill_backorders(shop.db, later(minutes=1)) == 2
    assert await fill_backorders(shop.db, later(minutes=1)) == 0
    assert await filled_units(shop) == {order: 2}


async def test_safety_stock_fills_nothing(shop: Shop) -> None:
    order = await shop.queue("CLOCK", 2)
    async with shop.db.transaction() as tx:
        await tx.execute(
            "insert into stock_balance (sku_id, location_id, safety_stock) values ($1, $2, 4)",
            shop.sku("CLOCK"),
            shop.at("reading"),
        )
    await shop.receive("CLOCK", reading=5)
    assert await waiting(shop, "CLOCK") == {order: 1}


async def test_pre_orders_wait_for_their_release(shop: Shop) -> None:
    order = await shop.queue("GAME", 2, kind="pre_order")
    await shop.receive("GAME", reading=5)
    assert await waiting(shop, "GAME") == {order: 2}
    assert await fill_backorders(shop.db, later(days=20)) == 0
    assert await fill_backorders(shop.db, later(days=28)) == 2


async def test_a_kit_waits_for_its_scarcest_component(shop: Shop) -> None:
    """Two mugs and a plate make a set: one set can go when both are there."""
    order = new_id()
    async with shop.db.transaction() as tx:
        await tx.execute("update sku set backorder_cap = 10")
        await tx.execute("update catalogue_version set version = version + 1")
    await shop.queue("MUG", 4, order_id=order, per_unit=2)
    await shop.queue("PLATE", 2, order_id=order)
    await shop.receive("MUG", reading=4)
    assert await filled_units(shop) == {order: 0}
    await shop.receive("PLATE", reading=1)
    assert await filled_units(shop) == {order: 1}
    await shop.receive("PLATE", london=1)
    assert await filled_units(shop) == {order: 2}


async def test_no_more_is_promised_beyond_stock_than_the_cap(shop: Shop) -> None:
    assert await shop.queue("CLOCK", 6)
    assert await shop.queue("CLOCK", 5) is None
    assert await shop.queue("CLOCK", 4)
    assert await shop.queue("MUG", 1) is None
    with pytest.raises(asyncpg.CheckViolationError, match="backlog_within_cap"):
        async with shop.db.transaction() as tx:
            await tx.execute("update sku_backlog set units = units + 1")


async def test_canceled_back_orders_leave_the_queue(shop: Shop) -> None:
    order = await shop.queue("CLOCK", 6)
    assert order
    rows = [door.CancelBackorder(shop.sku("CLOCK"), order, 1, 4)]
    key = (shop.sku("CLOCK"), order, 1)
    freed = await shop.db.run(lambda tx: door.cancel_backorders(tx, rows, NOW))
    assert freed == {key: 4}
    freed = await shop.db.run(lambda tx: door.cancel_backorders(tx, rows, NOW))
    assert freed == {key: 2}
    assert await waiting(shop, "CLOCK") == {}
    assert await shop.fetchval("select units from sku_backlog") == 0


async def test_who_waits_at_one_store_keeps_nobody_waiting_elsewhere(shop: Shop) -> None:
    """Those before in the queue who cannot use what is free do not use it up."""
    collected = await shop.queue("CLOCK", 5, pickup="london")
    sent = await shop.queue("CLOCK", 1, now=later(hours=1))
    await shop.receive("CLOCK", reading=1)
    assert await waiting(shop, "CLOCK") == {collected: 5}
    assert await filled_units(shop) == {sent: 1}
