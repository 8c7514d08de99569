"""The application as tests call it: in this process, or as a server of its own.

- `client`: an `httpx.AsyncClient` on the application, with a key that may do everything;
- `make_client(permissions, …)`: another one, whose key may do less;
- `server`: a real `argosy serve` process on the test's database, with `server.url`, `server.key`.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from argosy.http_api.application import Application, create_app
from argosy.identity import SYSTEM, MadeApiKey, NewApiKey, door as identity
from argosy.kernel.clock import FixedClock, SystemClock
from argosy.kernel.database import Database
from argosy.kernel.settings import Settings

BASE = "http://argosy.test"


async def make_key(
    db: Database,
    now: datetime,
    permissions: Sequence[str] = ("*",),
    *,
    name: str = "test",
    roles: Sequence[str] = (),
    channel_ids: Sequence[UUID] | None = None,
    location_ids: Sequence[UUID] | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Make an API key and return it."""
    asked = NewApiKey(
        name=name,
        permissions=list(permissions),
        roles=list(roles),
        channel_ids=None if channel_ids is None else list(channel_ids),
        location_ids=None if location_ids is None else list(location_ids),
        expires_at=expires_at,
    )
    async with db.transaction() as tx:
        made = await identity.create_api_key(tx, asked, by=SYSTEM, now=now)
    assert isinstance(made, MadeApiKey), made
    return made.key


@pytest.fixture
def settings() -> Settings:
    """Return the settings of the application under test; override it to test others."""
    return Settings(log_level="error")


@pytest.fixture
async def app(db: Database, clock: FixedClock, settings: Settings) -> AsyncIterator[Application]:
    """Lend the application on the test's database."""
    made = create_app(db, clock, settings)
    yield made
    await made.stop()


@pytest.fixture
async def admin_key(db: Database, clock: FixedClock) -> str:
    """Make a key that may do everything."""
    return await make_key(db, clock.now(), name="admin")


@contextlib.asynccontextmanager
async def client_of(app: Application, key: str | None) -> AsyncIterator[httpx.AsyncClient]:
    """Lend a client on an application."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
        yield client


@pytest.fixture
async def client(app: Application, admin_key: str) -> AsyncIterator[httpx.AsyncClient]:
    """Lend a client that may do everything."""
    async with client_of(app, admin_key) as made:
        yield made


@pytest.fixture
async def make_client(
    app: Application, db: Database, clock: FixedClock
) -> AsyncIterator[Callable[..., Awaitable[httpx.AsyncClient]]]:
    """Lend a function that makes clients, each with a key of its own permissions."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(permissions: Sequence[str] = ("*",), **how: Any) -> httpx.AsyncClient:
            key = await make_key(db, clock.now(), permissions, **how)
            return await stack.enter_async_context(client_of(app, key))

        yield make


@dataclass
class RunningServer:
    """A server process; `stop` ends it as an operator would and returns its exit code."""

    url: str
    key: str
    database_url: str
    process: "subprocess.Popen[str]"

    def client(self, **how: Any) -> httpx.AsyncClient:
        """Return a client with the key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30, **how)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(40)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()


def start_server(
    database_url: str, key: str, *options: str, environ: dict[str, str] | None = None
) -> RunningServer:
    """Start `argosy serve` on a free port and wait until it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "argosy", "serve", "--port", "0", "--json", *options],
        env={
            **os.environ,
            "ARGOSY_DATABASE_URL": database_url,
            "ARGOSY_LOG_LEVEL": "warning",
            **(environ or {}),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.stdout.close()
        pytest.fail(f"the server ended with status {process.wait()}")
    return RunningServer(json.loads(line)["url"], key, database_url, process)


@pytest.fixture
def server(database_url: str) -> Iterator[RunningServer]:
    """Run a server process on a fresh database, with a key that may do everything."""
    key = new_key_on(database_url)
    running = start_server(database_url, key)
    yield running
    running.stop()


def new_key_on(database_url: str, permissions: Sequence[str] = ("*",)) -> str:
    """Make a key outside of any event loop."""

    async def make() -> str:
        db = await Database.connect(database_url, max_size=2)
        try:
            return await make_key(db, SystemClock().now(), permissions)
        finally:
            await db.close()

    return asyncio.run(make())
