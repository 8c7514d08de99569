"""Fixtures of the fulfillment tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from argosy.kernel.database import Database
from tests.fulfillment.world import LEEDS, World, add_location, make_world, stock

Rows = Callable[..., Awaitable[list[dict[str, Any]]]]
SQL = Path(__file__).parents[2] / "src" / "argosy"

_STOCK_AGREES = """
select 'balance is the sum of its movements', b.sku_id::text, b.on_hand::text, b.reserved::text
from stock_balance b
left join (
    select sku_id, location_id, sum(on_hand_delta) h, sum(allocated_delta) a, sum(reserved_delta) r
    from stock_movement group by 1, 2
) m using (sku_id, location_id)
where (b.on_hand, b.allocated, b.reserved) is distinct from (m.h, m.a, m.r)
union all
select 'reserved is the sum of reservations', b.sku_id::text, b.reserved::text, r.n::text
from stock_balance b
left join (
    select sku_id, location_id, sum(quantity) n from reservation group by 1, 2
) r using (sku_id, location_id)
where b.reserved <> coalesce(r.n, 0)
"""


@pytest.fixture
async def world(db: Database) -> AsyncIterator[World]:
    """Two warehouses with ten of A and B each; the books must agree when the test is over."""
    made = await make_world(db)
    await add_location(db, made, "LON")
    await add_location(db, made, "LEE", point=LEEDS)
    await stock(db, made, "A", LON=10, LEE=10)
    await stock(db, made, "B", LON=10, LEE=10)
    yield made
    assert await disagreements(db) == []


@pytest.fixture
def rows(db: Database) -> Rows:
    """Run a query and return its rows as dicts."""

    async def fetch(query: str, *arguments: Any) -> list[dict[str, Any]]:
        async with db.reading() as tx:
            return [dict(row) for row in await tx.fetch(query, *arguments)]

    return fetch


async def disagreements(db: Database) -> list[tuple[Any, ...]]:
    """Return what any verify statement of fulfillment finds, and what the stock books say."""
    found: list[tuple[Any, ...]] = []
    async with db.reading() as tx:
        for path in sorted((SQL / "fulfillment" / "sql").glob("verify_*.sql")):
            found += [tuple(row) for row in await tx.fetch(path.read_text())]
        found += [tuple(row) for row in await tx.fetch(_STOCK_AGREES)]
    return found
