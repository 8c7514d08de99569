"""Hundreds of orders at once: how many statements it takes, and that nothing is mixed up."""

from typing import Any

import asyncpg
import pytest

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.payments import OrderMoney
from argosy.payments.store.placement import record_payments
from tests.payments.world import card, money, place, rows, run, ship

pytestmark = pytest.mark.usefixtures("books")
ORDERS = 150


async def test_money_of_many_orders_takes_few_statements(db: Database, clock: FixedClock) -> None:
    orders = [await place(db, clock, card(100 + n)) for n in range(ORDERS)]
    for n, order in enumerate(orders):
        await ship(db, clock, order, (1, 1, 100 + n))
    counted = 0

    def note(record: Any) -> None:
        nonlocal counted
        counted += not record.query.startswith("SELECT pg_advisory_unlock_all")

    for pool in (db.writing_pool, db.reading_pool):
        lent = [await pool.acquire() for _ in range(pool.get_max_size())]
        for connection in lent:
            connection.add_query_logger(note)
        for connection in lent:
            await pool.release(connection)
    await run(db, clock)
    # Authorized, captured and invoiced, with all looking around, the sandbox's statements included.
    spent, counted = counted, 0
    assert 20 < spent < ORDERS
    for n, order in enumerate(orders):
        after = await money(db, order)
        assert (after["captured_minor"], after["invoiced_minor"]) == (100 + n, 100 + n)
    numbers = await rows(db, "select number from invoice order by number")
    assert [each["number"] for each in numbers] == list(range(1, ORDERS + 1))


async def test_placement_is_one_statement_for_all(db: Database, clock: FixedClock) -> None:
    asked = [OrderMoney(await place(db, clock, card(1)), "GBP", 1, []) for _ in range(2)]
    async with db.transaction() as tx:
        with pytest.raises(asyncpg.UniqueViolationError):
            await record_payments(tx, asked, clock.now())
