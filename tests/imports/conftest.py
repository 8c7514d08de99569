"""Fixtures of the import tests."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from argosy.kernel.database import Database
from tests.business import Business

Fetch = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def fetch(db: Database) -> Fetch:
    """Run a query and return its rows as dicts."""

    async def run(query: str, *arguments: Any) -> list[dict[str, Any]]:
        async with db.reading() as tx:
            return [dict(row) for row in await tx.fetch(query, *arguments)]

    return run


@pytest.fixture
async def plenty(db: Database, business: Business) -> Business:
    """Fill the business with a thousand of everything in Reading."""
    async with db.transaction() as tx:
        await tx.execute(
            """
            insert into stock_balance (sku_id, location_id, on_hand)
            select s.sku_id, l.location_id, 1000 from sku s, location l
            where l.code = 'reading' and s.kind = 'physical' and not s.is_kit
            """
        )
        await tx.execute(
            """
            insert into stock_movement (
                sku_id, location_id, kind, on_hand_delta, cause_kind, made_by, made_at
            )
            select sku_id, location_id, 'received', 1000, 'test', 'system:test', now()
            from stock_balance
            """
        )
    return business
