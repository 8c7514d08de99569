"""Fixtures of the tests of orders."""

from collections.abc import AsyncIterator

import pytest

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from tests.business import Business, make_business
from tests.orders.world import disagreements, stock


@pytest.fixture
async def shop(db: Database, clock: FixedClock) -> AsyncIterator[Business]:
    """Make the small business with stock; the books must agree when the test is over."""
    business = await make_business(db, clock.now())
    for sku in ("MUG", "PLATE", "BOWL", "LANTERN-S"):
        await stock(db, business, sku, reading=100, venlo=100, london=20)
    yield business
    assert await disagreements(db) == []
