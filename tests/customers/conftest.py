"""Fixtures of the customers tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from argosy.kernel.database import Database

Rows = Callable[..., Awaitable[list[dict[str, Any]]]]
VERIFY = Path(__file__).parents[2] / "src" / "argosy" / "customers" / "sql"


@pytest.fixture
async def rows(db: Database) -> AsyncIterator[Rows]:
    """Run a query and return its rows; the books must agree when the test is over."""

    async def fetch(query: str, *arguments: Any) -> list[dict[str, Any]]:
        async with db.transaction() as tx:
            return [dict(row) for row in await tx.fetch(query, *arguments)]

    yield fetch
    for path in sorted(VERIFY.glob("verify_*.sql")):
        assert await fetch(path.read_text()) == [], path.name
