"""Fixtures of the webhooks tests: a receiver, settings that may reach it, a worker in steps."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from argosy.identity import SYSTEM
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.outgoing import Resolve, resolve_host
from argosy.kernel.settings import Settings
from argosy.kernel.vault import open_vault
from argosy.webhooks import jobs as webhooks
from argosy.webhooks.commands import endpoints
from argosy.webhooks.model import EndpointSettings, MadeEndpoint
from argosy.worker.loop import settle
from argosy.worker.wiring import Wiring
from tests.webhooks.receiver import Receiver

VERIFY = Path(__file__).parents[2] / "src" / "argosy" / "webhooks" / "sql"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Somebody who listens."""
    made = Receiver()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Allow loopback, where the receiver is."""
    return Settings(data_dir=str(tmp_path), outgoing_allow=["127.0.0.0/8"], log_level="error")


class House:
    """The part of a worker that webhooks need, one step at a time."""

    def __init__(self, db: Database, clock: FixedClock, settings: Settings) -> None:
        self.db = db
        self.clock = clock
        self.settings = settings
        self.resolve: Resolve = resolve_host
        self.timeout_seconds = 5.0

    async def subscribe(
        self, url: str, *events: str, channels: Sequence[str] | None = None
    ) -> MadeEndpoint:
        asked = EndpointSettings(url, list(events) or ["*"], channels and list(channels))
        vault = open_vault(self.settings)
        made = await self.db.run(
            lambda tx: endpoints.create_endpoint(tx, asked, vault, by=SYSTEM, now=self.clock.now())
        )
        assert isinstance(made, MadeEndpoint), made
        return made

    async def happen(
        self,
        *names: str,
        body: str = '{"order_id": "1"}',
        channel_id: UUID | None = None,
        subject_id: UUID | None = None,
    ) -> list[UUID]:
        """Write events as a change would; return their ids."""
        made = []
        async with self.db.transaction() as tx:
            for version, name in enumerate(names, 1):
                made.append(
                    await tx.fetchval(
                        "insert into event (name, subject_id, subject_version, channel_id, "
                        "occurred_at, body) values ($1, $2, $3, $4, $5, $6::text::jsonb) "
                        "returning event_id",
                        name,
                        subject_id or uuid4(),
                        version,
                        channel_id,
                        self.clock.now(),
                        body,
                    )
                )
        return made

    async def settle(self) -> int:
        """Let everything due be done."""
        kind = webhooks.deliver_kind(
            lambda: self.settings,
            resolve=self.resolve,
            timeout_seconds=self.timeout_seconds,
        )
        wiring = Wiring(webhooks.READERS, (kind,), ())
        return await settle(self.db, self.clock, wiring, most_rounds=50)

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        async with self.db.transaction() as tx:
            return [dict(row) for row in await tx.fetch(query, *arguments)]

    async def states(self) -> list[str]:
        rows = await self.rows("select state from webhook_delivery order by position, endpoint_id")
        return [row["state"] for row in rows]


@pytest.fixture
async def house(db: Database, clock: FixedClock, settings: Settings) -> AsyncIterator[House]:
    """Give tests what they act on; the books must agree when the test is over."""
    made = House(db, clock, settings)
    yield made
    for path in sorted(VERIFY.glob("verify_*.sql")):
        assert await made.rows(path.read_text()) == [], path.name


def body_of(received: Any) -> dict[str, Any]:
    """Return the JSON that was received."""
    return json.loads(received.body)
