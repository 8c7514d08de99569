"""Races at the database itself: the last units, lock order, waiting instead of skipping."""

import asyncio
import random
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from argosy.inventory import door
from argosy.inventory.commands import carts
from argosy.inventory.commands.changes import adjust_stock, count_stock
from argosy.inventory.commands.feed import FeedAsk, take_feeds
from argosy.inventory.commands.fill import fill_backorders
from argosy.inventory.jobs import expire_carts
from argosy.inventory.model.carts import Cart
from argosy.inventory.model.feeds import Feed, Position
from argosy.inventory.model.stock import Adjustment, Count
from argosy.inventory.store.promise import sql
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from tests.inventory.shop import BY, NOW, Shop, later
from tests.inventory.test_carts import cart, held
from tests.inventory.test_transfers import opened

GUARD = "and b.on_hand - b.allocated - b.reserved - b.safety_stock >= l.quantity"
UNGUARDED = "alter table stock_balance drop constraint promised_within_on_hand"
TAKERS = 12


async def take(tx: Tx, statement: str, rows: Sequence[tuple[UUID, UUID, int]]) -> bool:
    """Reserve (SKU, location, units) for a new order by the text of a statement."""
    order_id = new_id()
    answer = await tx.fetchrow(
        statement,
        [sku_id for sku_id, _, _ in rows],
        [order_id] * len(rows),
        list(range(1, len(rows) + 1)),
        [location_id for _, location_id, _ in rows],
        [units for _, _, units in rows],
        "order",
        NOW,
        BY,
        None,
    )
    assert answer is not None
    return bool(answer["wanted"] == answer["moved"])


async def takers(shop: Shop, statement: str, units: int) -> int:
    """Let many take `units` at the same moment; return how many got them."""
    row = (shop.sku("MUG"), shop.at("reading"), units)

    async def once() -> bool:
        async with shop.db.transaction() as tx:
            return await take(tx, statement, [row])

    got = await asyncio.gather(*(once() for _ in range(TAKERS)), return_exceptions=True)
    assert all(isinstance(each, bool | asyncpg.CheckViolationError) for each in got), got
    return sum(each is True for each in got)


async def test_pain_02_exactly_the_last_units_are_promised(shop: Shop) -> None:
    await shop.receive("MUG", reading=7)
    assert await takers(shop, sql("reserve_units"), 2) == 3
    assert await shop.balance("MUG", "reading") == (7, 0, 6)


async def test_pain_02_the_guard_of_the_statement_is_what_holds(shop: Shop) -> None:
    """Without its guard the row still refuses; without both, more is promised than there is."""
    await shop.receive("MUG", reading=7)
    unguarded = sql("reserve_units").replace(GUARD, "")
    assert unguarded != sql("reserve_units")
    assert await takers(shop, unguarded, 2) == 3
    async with shop.db.transaction() as tx:
        await tx.execute(UNGUARDED)
    assert await takers(shop, unguarded, 2) == TAKERS


async def test_pain_02_carts_and_orders_share_the_last_units(shop: Shop) -> None:
    await shop.receive("MUG", reading=4, london=3)

    async def by_cart() -> bool:
        [made] = await carts.reserve_carts(shop.db, [cart(("MUG", 2))], by=BY, now=NOW)
        return isinstance(made, Cart)

    async def by_order() -> bool:
        return await shop.reserve("MUG", "reading", 2) is not None

    got = await asyncio.gather(*(each() for _ in range(6) for each in (by_cart, by_order)))
    assert sum(got) == 3
    held_units = await shop.fetchval("select sum(reserved) from stock_balance")
    assert held_units == 6


async def test_the_cap_of_back_orders_holds_in_a_race(shop: Shop) -> None:
    got = await asyncio.gather(*(shop.queue("CLOCK", 3) for _ in range(8)))
    assert sum(each is not None for each in got) == 3


async def test_pain_01_what_was_read_is_not_what_is_taken(shop: Shop) -> None:
    """Read without a lock, decided, and taken by somebody else meanwhile: the write notices."""
    await shop.receive("MUG", reading=5)
    sku_id, location_id = shop.sku("MUG"), shop.at("reading")
    async with shop.db.transaction() as tx:
        stock = await door.load_stock(tx, [sku_id], lock=False)
        assert stock[sku_id].free[location_id] == 5
        assert await shop.reserve("MUG", "reading", 3)
        assert not await take(tx, sql("reserve_units"), [(sku_id, location_id, 3)])


@pytest.mark.parametrize(
    "change",
    [
        "update stock_balance set reserved = reserved + 6",
        "update stock_balance set allocated = allocated + 3, reserved = reserved + 3",
        "update stock_balance set on_hand = on_hand - 6",
        "update stock_balance set reserved = -1",
    ],
)
async def test_pain_03_the_row_refuses_whoever_calls(shop: Shop, change: str) -> None:
    await shop.receive("MUG", reading=5)
    with pytest.raises(asyncpg.CheckViolationError):
        async with shop.db.transaction() as tx:
            await tx.execute(change)


async def test_pain_04_lines_of_one_sku_are_summed_before_they_are_compared(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    row = (shop.sku("MUG"), shop.at("reading"), 3)
    async with shop.db.transaction() as tx:
        assert not await take(tx, sql("reserve_units"), [row, row])
    assert await shop.balance("MUG", "reading") == (5, 0, 0)


async def test_pain_05_and_08_shuffled_batches_never_deadlock(shop: Shop) -> None:
    """Batches name the same places in any order, some twice; nobody retries here."""
    skus = ("MUG", "PLATE", "BOWL", "CLOCK", "LANTERN-S", "LANTERN-L")
    for sku in skus:
        await shop.receive(sku, reading=1000, london=1000)
    places = [(shop.sku(sku), shop.at(at), 1) for sku in skus for at in ("reading", "london")]

    async def batch(seed: int) -> bool:
        rows = random.Random(seed).choices(places, k=20)
        async with shop.db.transaction() as tx:
            return await take(tx, sql("reserve_units"), rows)

    async def feed(seed: int) -> bool:
        order = random.Random(seed).sample(skus, k=len(skus))
        positions = [Position(sku, 2000 + seed) for sku in order]
        asked = Feed("reading", f"f{seed}", later(seconds=seed), positions)
        [done] = await take_feeds(shop.db, [FeedAsk(asked, BY)], later(minutes=5))
        return not hasattr(done, "code")

    outcomes = await asyncio.gather(
        *(batch(seed) for seed in range(40)), *(feed(seed) for seed in range(10))
    )
    assert all(outcomes)


async def test_pain_07_takers_wait_for_a_locked_balance(shop: Shop) -> None:
    """A balance that somebody works on is waited for, neither skipped nor believed as it was."""
    await shop.receive("MUG", reading=5)
    row = (shop.sku("MUG"), shop.at("reading"), 3)

    async def second() -> bool:
        async with shop.db.transaction() as tx:
            return await take(tx, sql("reserve_units"), [row])

    async with shop.db.transaction() as tx:
        assert await take(tx, sql("reserve_units"), [row])
        waiting = asyncio.create_task(second())
        await blocked(shop)
        assert not waiting.done()
    assert await waiting is False


async def test_pain_07_expiry_waits_for_balances_and_skips_only_its_queue(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    await held(shop, ("MUG", 2), ttl_seconds=60)
    row = (shop.sku("MUG"), shop.at("reading"), 3)
    async with shop.db.transaction() as tx:
        assert await take(tx, sql("reserve_units"), [row])
        waiting = asyncio.create_task(expire_carts(shop.db, later(minutes=2)))
        await blocked(shop)
    assert await waiting == 1
    assert await shop.balance("MUG", "reading") == (5, 0, 3)


async def test_receipts_sweeps_and_takers_at_once_leave_the_books_right(shop: Shop) -> None:
    """Who waits is served while others receive, feed, reserve and expire the same units."""
    await shop.receive("CLOCK", reading=2, london=1)

    async def receive(n: int) -> None:
        await shop.receive("CLOCK", **{("reading", "london")[n % 2]: 1})

    async def feed(n: int) -> None:
        asked = Feed("venlo", f"f{n}", NOW, [Position("CLOCK", n), Position("MUG", n)])
        await take_feeds(shop.db, [FeedAsk(asked, BY)], later(minutes=5))

    async def reserve(n: int) -> None:
        await shop.reserve("CLOCK", "reading", 1)

    async def wait(n: int) -> None:
        await shop.queue("CLOCK", 1 + n % 3, promised_at=later(days=n))

    async def sweep(n: int) -> None:
        await fill_backorders(shop.db, later(minutes=n))

    async def cart_that_expires(n: int) -> None:
        ask = [cart(("CLOCK", 1), ttl_seconds=60)]
        await carts.reserve_carts(shop.db, ask, by=BY, now=NOW)
        await expire_carts(shop.db, later(minutes=2))

    steps = (receive, feed, reserve, wait, sweep, cart_that_expires)
    await asyncio.gather(*(step(n) for n in range(8) for step in steps))
    await fill_backorders(shop.db, later(hours=1))
    idle = await shop.fetchval(
        "select count(*) from sku_backlog l join stock_balance b using (sku_id)"
        " where l.units > 0 and b.on_hand > b.allocated + b.reserved"
    )
    assert idle == 0


async def blocked(shop: Shop) -> None:
    """Wait until a connection of this database waits for a lock."""
    for _ in range(2000):
        if await shop.fetchval(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        ):
            return
    raise AssertionError("nobody waits")


@pytest.mark.parametrize("way", ["count", "adjust", "allocate", "transfer"])
async def test_stock_that_is_freed_meanwhile_is_no_surprise(shop: Shop, way: str) -> None:
    """The row of the snapshot could not bear the change, the row that is locked can."""
    await shop.receive("MUG", reading=10)
    [held_by] = await carts.reserve_carts(
        shop.db, [cart(("MUG", 10), ttl_seconds=600)], by=BY, now=NOW
    )
    assert isinstance(held_by, Cart)

    async def allocate(tx: Tx) -> object:
        row = door.Allocate(shop.sku("MUG"), new_id(), 1, None, shop.at("reading"), new_id(), 1, 4)
        return await door.convert_to_allocations(tx, [row], by=BY, now=NOW)

    async def change() -> object:
        if way == "count":
            return await count_stock(shop.db, [Count("MUG", "reading", 6)], by=BY, now=NOW)
        if way == "adjust":
            rows = [Adjustment("MUG", "reading", -4, "lost")]
            return await shop.db.run(lambda tx: adjust_stock(tx, rows, by=BY, now=NOW))
        if way == "transfer":
            return await opened(shop, ("MUG", 4))
        return await shop.db.run(allocate)

    async with shop.db.transaction() as tx:
        assert await door.release_cart(tx, held_by.reservation_id, by=BY, now=NOW)
        waiting = asyncio.create_task(change())
        await blocked(shop)
    await waiting
    left = {"allocate": (10, 4, 0), "transfer": (10, 0, 4)}
    assert await shop.balance("MUG", "reading") == left.get(way, (6, 0, 0))
