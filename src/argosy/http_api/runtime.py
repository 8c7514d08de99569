"""What one application has: the database, the clock, what it measures, what it must drain."""

import asyncio
import itertools
import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from argosy.http_api.feed import Feed
from argosy.http_api.keyring import Keyring
from argosy.http_api.limits import RateLimiter
from argosy.http_api.measures import Measures
from argosy.http_api.tracing import Tracer
from argosy.kernel.clock import Clock
from argosy.kernel.coalescer import Coalescer
from argosy.kernel.database import Database
from argosy.kernel.http import HotRoute, Route
from argosy.kernel.settings import Settings

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Runtime:
    """The services of one application, given to routes as `services`."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self.db = db
        self.clock = clock
        self.settings = settings
        self.measures = Measures(db)
        self.keyring = Keyring(db, clock)
        self.feed = Feed(db, self.measures)
        self.limiter = RateLimiter(settings.requests_per_second)
        self._started = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self.routes: Sequence[Route | HotRoute] = ()
        self.stopping = False
        self.tracer: Tracer | None = None
        if settings.otlp_endpoint is not None:
            self.tracer = Tracer(settings.otlp_endpoint)
        self._coalescers: list[Coalescer[Any, Any]] = []

    def coalescer(
        self,
        name: str,
        run_batch: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]],
        *,
        max_batch: int = 200,
    ) -> Coalescer[Item, Outcome]:
        """Return a coalescer that is measured under `name` and drained at shutdown."""
        made: Coalescer[Item, Outcome] = Coalescer(
            run_batch,
            max_batch=max_batch,
            max_waiting=self.settings.most_waiting,
            observe=self.measures.batches(name).observe,
        )
        self.measures.watch(name, made)
        self._coalescers.append(made)
        return made

    @cached_property
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document of the application's routes; made when it is first asked for."""
        from argosy.http_api.openapi import build_document  # noqa: PLC0415  (few processes need it)

        return build_document(self.routes)

    def next_request_id(self) -> str:
        """Return a request id: this process and a number."""
        return f"{self._started}-{next(self._numbers)}"

    def begin_stop(self) -> None:
        """Say not ready and end the streams; requests at hand go on."""
        self.stopping = True
        self.feed.stop()

    async def drain(self) -> None:
        """Finish what was handed in; called when no request is at hand any more."""
        self.begin_stop()
        for coalescer in self._coalescers:
            await coalescer.drain()
        if self.tracer is not None:
            await asyncio.to_thread(self.tracer.stop)
