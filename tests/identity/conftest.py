"""Fixtures of the identity tests."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from argosy.kernel.database import Database

Rows = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def rows(db: Database) -> Rows:
    """Run a query and return its rows."""

    async def fetch(query: str, *arguments: Any) -> list[dict[str, Any]]:
        async with db.transaction() as tx:
            return [dict(row) for row in await tx.fetch(query, *arguments)]

    return fetch
