"""One process that is the whole house: HTTP server, worker, and the clock that both go by.

While past days are replayed the clock stands where the replay is, so that orders are a day old when
they ship and late when they are late; afterwards it is the machine's clock. Requests go over a real
socket all the same.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import uvicorn

from argosy.http_api.application import create_app
from argosy.kernel.clock import SystemClock
from argosy.kernel.database import Database
from argosy.kernel.jobs import find_due_jobs, run_jobs
from argosy.kernel.readers import (
    Reader,
    advance_reader,
    find_last_position,
    open_cursors,
    sequence_events,
)
from argosy.kernel.settings import Settings
from argosy.worker.loop import Worker
from argosy.worker.wiring import Wiring, bury_jobs, whole_house

_STARTING_SECONDS = 20.0
_GRACE_SECONDS = 5
_RARE_SECONDS = 60
_MOST_ROUNDS = 200


class DemoClock:
    """A clock that stands at `moment` until it is set free; then it is the machine's."""

    def __init__(self, moment: datetime | None) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the present of the demo business, UTC."""
        return self.moment or SystemClock().now()


class House:
    """The database, the clock, the address of the HTTP server, and the work of the workers."""

    def __init__(self, db: Database, clock: DemoClock, address: str) -> None:
        self.db = db
        self.clock = clock
        self.address = address
        self.wiring: Wiring = whole_house()
        self._worker: Worker | None = None
        self._heard: dict[str, int] = {}
        self._holder = f"demo:{os.getpid()}"

    async def settle(self) -> None:
        """Do everything that is due at the clock's time, as workers do, without their waiting.

        Readers, jobs and sweeps go side by side, round after round, until a round finds nothing.
        """
        now = self.clock.now()
        if not self._heard:
            await open_cursors(self.db, self.wiring.readers)
        rare = [each for each in self.wiring.sweeps if each.every_seconds >= _RARE_SECONDS]
        await asyncio.gather(*(sweep.run(self.db, now) for sweep in rare))
        often = [each for each in self.wiring.sweeps if each.every_seconds < _RARE_SECONDS]
        for _ in range(_MOST_ROUNDS):
            found = await sequence_events(self.db)
            position = await find_last_position(self.db)
            due = await find_due_jobs(self.db, now)
            done = await asyncio.gather(
                *(self._hear(reader, position, now) for reader in self.wiring.readers),
                *(
                    run_jobs(self.db, kind, due[kind.kind], self._holder, now, bury=bury_jobs)
                    for kind in self.wiring.job_kinds
                    if kind.kind in due
                ),
                *(sweep.run(self.db, now) for sweep in often),
            )
            if not found + sum(done):
                return

    async def _hear(self, reader: Reader, position: int, now: datetime) -> int:
        """Let a reader hear its next events, if there may be any that it has not heard."""
        if self._heard.get(reader.name) == position:
            return 0
        passed = await advance_reader(self.db, reader, now)
        if not passed:
            self._heard[reader.name] = position
        return passed

    async def work(self) -> None:
        """Be a worker until `stop`."""
        self._worker = Worker(self.db, self.clock, self.wiring)
        await self._worker.run()

    def stop(self) -> None:
        """Let the worker end after its present batch."""
        if self._worker is not None:
            self._worker.stop()


class _Server(uvicorn.Server):
    """A server whose signals are somebody else's business."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        self.begun.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


@contextlib.asynccontextmanager
async def open_house(
    url: str, settings: Settings, clock: DemoClock, listener: socket.socket
) -> AsyncIterator[House]:
    """Serve the API on a bound socket, in this process; everything is closed at the end."""
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    db = await Database.connect(url, max_size=settings.pool_size, application_name="argosy demo")
    app = create_app(db, clock, settings)
    server = _Server(
        uvicorn.Config(
            app,
            http="httptools",
            loop="none",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(_STARTING_SECONDS):
            await server.begun.wait()
        yield House(db, clock, address)
    finally:
        app.runtime.begin_stop()
        server.should_exit = True
        await serving
        await app.stop()
        await db.close()
