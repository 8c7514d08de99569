"""A shop with stock, and a picture of everything that is stored."""

from collections.abc import Awaitable, Callable

import pytest

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from tests.business import Business, make_business
from tests.orders.world import stock

# The use of a key is noted, and answers are kept; nothing else may change by asking.
NOTED = ("api_key", "idempotency_key")


@pytest.fixture
async def shop(db: Database, clock: FixedClock) -> Business:
    """Make the small business with stock."""
    business = await make_business(db, clock.now())
    for sku in ("MUG", "PLATE", "BOWL"):
        await stock(db, business, sku, reading=100, venlo=100, london=20)
    return business


@pytest.fixture
def picture(db: Database) -> Callable[[], Awaitable[dict[str, str]]]:
    """Return a function that gives a digest of every table."""

    async def take() -> dict[str, str]:
        async with db.reading() as tx:
            tables = [
                row["relname"]
                for row in await tx.fetch(
                    "select relname from pg_class where relkind = 'r'"
                    " and relnamespace = 'public'::regnamespace order by relname"
                )
                if row["relname"] not in NOTED
            ]
            parts = [
                f"select '{table}' as name, md5(string_agg(t::text, ',' order by t::text)) as mark"
                f" from {table} as t"
                for table in tables
            ]
            rows = await tx.fetch(" union all ".join(parts))
        return {row["name"]: row["mark"] for row in rows}

    return take
