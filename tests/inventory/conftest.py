"""Fixtures of the inventory tests."""

from collections.abc import AsyncIterator

import pytest

from argosy.kernel.database import Database
from tests.business import Business
from tests.inventory.shop import Shop, disagreements


@pytest.fixture
async def shop(db: Database, business: Business) -> AsyncIterator[Shop]:
    """Offer the business without stock; its books must agree when the test is over."""
    yield Shop(db, business)
    assert await disagreements(db) == []
