"""Which gateways there are: the two of the house, and those that are installed beside it."""

# ruff: noqa: ARG002  (The manual gateway needs nothing of what it is told.)

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

import structlog

from argosy.kernel.database import Database
from argosy.kernel.refusals import Refused
from argosy.payments.commands.sandbox import Sandbox
from argosy.payments.model import (
    Ask,
    Gateway,
    MovementState,
    Notice,
    Refusal,
    Reply,
    gateway_names,
)
from argosy.payments.model.gateway import ENTRY_POINTS, MANUAL, SANDBOX

log = structlog.get_logger(__name__)


class Manual:
    """Money that is moved outside (a bank transfer, a till) and only written down here."""

    name = MANUAL

    async def authorize(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Take it as agreed."""
        return _at_once(asks)

    async def capture(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Take it as received."""
        return _at_once(asks)

    async def void(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Take it as let go."""
        return _at_once(asks)

    async def refund(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Take it as given back."""
        return _at_once(asks)

    async def look_up(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply | None]:
        """Everything that was asked was done."""
        return _at_once(asks)

    async def list_captures(
        self, since: datetime, until: datetime, after: str | None, limit: int
    ) -> Sequence[Notice]:
        """Nothing happens here that was not asked."""
        return ()

    async def read_webhook(
        self, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Sequence[Notice] | Refused:
        """Nobody sends webhooks."""
        return Refused(Refusal.SIGNATURE_INVALID, "The manual gateway sends no webhooks.")


def _at_once(asks: Sequence[Ask]) -> list[Reply]:
    return [Reply(MovementState.SUCCEEDED, f"manual:{ask.key}") for ask in asks]


class SingleCalls(Protocol):
    """A gateway that takes one call at a time; `OneByOne` makes a `Gateway` of it.

    Methods may raise TimeoutError or OSError when the answer does not come.
    """

    @property
    def name(self) -> str:
        """The name under which payments refer to it."""
        ...

    async def call(self, ask: Ask, now: datetime) -> Reply:
        """Do what is asked, once per key."""
        ...

    async def find(self, ask: Ask, now: datetime) -> Reply | None:
        """Say what became of a call; None when it was never heard of."""
        ...

    async def list_captures(
        self, since: datetime, until: datetime, after: str | None, limit: int
    ) -> Sequence[Notice]:
        """As `Gateway.list_captures`."""
        ...

    async def read_webhook(
        self, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Sequence[Notice] | Refused:
        """As `Gateway.read_webhook`."""
        ...


class OneByOne:
    """Makes a `Gateway` of one that takes single calls: some at a time, each with a time limit.

    A call that times out or breaks off is unknown; the others of the set go on.
    """

    def __init__(self, calls: SingleCalls, *, at_a_time: int = 8, seconds: float = 20) -> None:
        self.calls = calls
        self.name = calls.name
        self._seconds = seconds
        self._at_a_time = at_a_time
        self.list_captures = calls.list_captures
        self.read_webhook = calls.read_webhook

    async def authorize(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Authorize, one by one."""
        return await self._each(asks, now)

    async def capture(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Capture, one by one."""
        return await self._each(asks, now)

    async def void(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Void, one by one."""
        return await self._each(asks, now)

    async def refund(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Refund, one by one."""
        return await self._each(asks, now)

    async def look_up(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply | None]:
        """Look up, one by one; an answer that does not come leaves the call unknown."""
        return await self._limited(asks, lambda ask: self.calls.find(ask, now))

    async def _each(self, asks: Sequence[Ask], now: datetime) -> list[Reply]:
        replies = await self._limited(asks, lambda ask: self.calls.call(ask, now))
        return [reply or Reply(MovementState.UNKNOWN) for reply in replies]

    async def _limited(
        self, asks: Sequence[Ask], call: Callable[[Ask], Awaitable[Reply | None]]
    ) -> list[Reply | None]:
        gate = asyncio.Semaphore(self._at_a_time)

        async def one(ask: Ask) -> Reply | None:
            async with gate:
                try:
                    return await asyncio.wait_for(call(ask), self._seconds)
                except Exception as error:  # noqa: BLE001  (whatever it was, nobody knows if it was done)
                    what = f"{type(error).__name__}: {error}"[:500]
                    log.warning("gateway_call_failed", gateway=self.name, key=ask.key, error=what)
                    return Reply(MovementState.UNKNOWN, message=what)

        return list(await asyncio.gather(*(one(ask) for ask in asks)))


@cache
def _installed() -> dict[str, Callable[[Database], Gateway]]:
    """Return the factories of gateways that are installed beside the house's own, by name."""
    return {each.name: each.load() for each in entry_points(group=ENTRY_POINTS)}


def gateways(db: Database) -> dict[str, Gateway]:
    """Return every gateway by name."""
    known: dict[str, Gateway] = {MANUAL: Manual()}
    if SANDBOX in gateway_names():
        known[SANDBOX] = Sandbox(db)
    for name, make in _installed().items():
        known.setdefault(name, make(db))
    return known
