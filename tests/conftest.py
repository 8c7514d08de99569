"""What all tests stand on: one real PostgreSQL, a migrated template, a fresh clone per test."""

import asyncio
import contextlib
import hashlib
import os
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from argosy.kernel import migrations
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.postgres import EmbeddedPostgres

pytest_plugins = ["tests.business", "tests.http_fixtures"]

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)

_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> None:
    """Refuse what would leave this machine: a test that needs the network is no test."""
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = str(address[0])
        if not (host.startswith("127.") or host in ("::1", "localhost")):
            raise AssertionError(f"a test tried to reach {host}")
    _connect(self, address)


socket.socket.connect = _loopback_only  # type: ignore[method-assign]


def needs(thing: Path | str, why: str) -> None:
    """Skip, visibly, a test that needs what is not there; fail when everything is required."""
    if Path(thing).exists():
        return
    if os.environ.get("ARGOSY_REQUIRE_ALL") == "1" and not str(thing).startswith(str(ROOT.parent)):
        pytest.fail(f"needs {thing}: {why}")
    pytest.skip(f"needs {thing}: {why}")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Return the URL of a server that tests may make databases on."""
    given = os.environ.get("ARGOSY_TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(os.environ.get("ARGOSY_TEST_DATA_DIR", ROOT / ".argosy" / "test-postgres"))
    with EmbeddedPostgres(folder, durable=False) as url:
        yield url


def at_database(url: str, name: str) -> str:
    """Return `url` with another database."""
    return url.rsplit("/", 1)[0] + "/" + name


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """Return the name of a migrated database that nobody connects to, made once per schema."""
    text = "".join(each.text for each in migrations.migrations())
    name = "template_" + hashlib.sha256(text.encode()).hexdigest()[:16]

    async def make() -> None:
        admin = await asyncpg.connect(server_url)
        try:
            # One maker at a time, however many test processes start together.
            await admin.execute("select pg_advisory_lock(72157)")
            if await admin.fetchval("select 1 from pg_database where datname = $1", name):
                return
            fresh = f"fresh_{uuid.uuid4().hex}"
            await admin.execute(f"create database {fresh}")
            await migrations.migrate(at_database(server_url, fresh))
            await admin.execute(f"alter database {fresh} rename to {name}")
        finally:
            await admin.close()

    asyncio.run(make())
    return name


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """Make a fresh migrated database, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"

    async def execute(statement: str) -> None:
        admin = await asyncpg.connect(server_url)
        try:
            await admin.execute(statement)
        finally:
            await admin.close()

    asyncio.run(execute(f"create database {name} template {template}"))
    yield at_database(server_url, name)
    with contextlib.suppress(asyncpg.PostgresError):
        asyncio.run(execute(f"drop database {name} with (force)"))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """Open a database as the application sees it."""
    database = await Database.connect(database_url, max_size=8, application_name="test")
    yield database
    await database.close()


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands at ten on a Monday morning."""
    return FixedClock(NOW)
