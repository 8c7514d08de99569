"""Writing events and jobs as contexts do: by a statement in the transaction of a change."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from argosy.kernel.database import Database, Tx
from argosy.kernel.ids import new_id
from argosy.kernel.jobs import bucket_of


async def write_event(
    tx: Tx, subject_id: UUID, version: int, now: datetime, name: str = "thing.done.v1"
) -> None:
    """Announce something."""
    await tx.execute(
        "insert into event (name, subject_id, subject_version, occurred_at, body)"
        " values ($1, $2, $3, $4, $5)",
        name,
        subject_id,
        version,
        now,
        {"version": version},
    )


async def write_jobs(
    db: Database, count: int, now: datetime, *, kind: str = "test.call", **more: Any
) -> list[UUID]:
    """Ask for `count` calls, each of a subject of its own; return the jobs' ids."""
    ids = [new_id() for _ in range(count)]
    async with db.transaction() as tx:
        await tx.executemany(
            "insert into job (bucket, job_id, kind, key, subject_id, body, run_at, deadline_at,"
            " created_at) values ($1, $2, $3, $4, $2, $5, $6, $7, $6)",
            [
                (bucket_of(each), each, kind, str(each), {}, now, more.get("deadline_at"))
                for each in ids
            ],
        )
    return ids


Rows = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def rows(db: Database) -> Rows:
    """Return a function that gives the rows of a query as dicts."""

    async def fetch(query: str, *arguments: Any) -> list[dict[str, Any]]:
        async with db.reading() as tx:
            return [dict(row) for row in await tx.fetch(query, *arguments)]

    return fetch
