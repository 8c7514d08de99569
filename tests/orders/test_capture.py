"""Placing orders over a real database: what is written, and what is refused."""

from argosy.kernel.database import Database
from tests.business import Business
from tests.orders.world import fetch, line, order, place_one


async def test_a_placed_order_stands_with_everything_it_needs(db: Database, shop: Business) -> None:
    asked = order("A-1", line("MUG", 2), line("PLATE", 1, "4.50"))
    made = await place_one(db, asked)
    assert made.created
    assert made.summary.order_number == "100001"
    rows = await fetch(db, "select * from orders")
    assert len(rows) == 1
