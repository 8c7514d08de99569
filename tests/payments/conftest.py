"""After every test of payments with a database, the books must agree."""

from collections.abc import AsyncIterator

import pytest

from argosy.kernel.database import Database
from tests.payments.world import disagreements


@pytest.fixture
async def books(db: Database) -> AsyncIterator[None]:
    """Check the books when the test is over."""
    yield
    assert await disagreements(db) == []
