"""`argosy serve`."""

import asyncio
import contextlib
import gc
import json
import os
import socket
from collections.abc import Iterator
from typing import Annotated

import structlog
import uvicorn
import uvloop
from cyclopts import Parameter

from argosy.cli.protocol import LimitedProtocol
from argosy.cli.runtime import migrated, started, stop_signals
from argosy.http_api.application import create_app
from argosy.kernel.clock import SystemClock
from argosy.kernel.database import Database
from argosy.kernel.settings import Settings, SettingsInvalid

GRACE_SECONDS = 20
KEEP_ALIVE_SECONDS = 30
BACKLOG = 2048

log = structlog.get_logger("argosy.serve")


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    with_worker: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Serve the HTTP API until stopped. Any number of processes may serve one database.

    At SIGINT or SIGTERM it takes no more connections, answers what it was asked, ends the event
    streams, and exits with 0; a second signal ends it at once.

    Parameters
    ----------
    host
        The address to listen on, instead of ARGOSY_HOST.
    port
        The port to listen on, instead of ARGOSY_PORT; 0 takes a free one.
    with_worker
        Run a worker in the same process: enough for a small installation.
    as_json
        Tell where it listens as one line of JSON.
    """
    settings = started()
    listener = listen(
        settings.host if host is None else host, settings.port if port is None else port
    )
    with listener, migrated(settings) as url, contextlib.suppress(KeyboardInterrupt):
        uvloop.run(run_server(url, settings, listener, with_worker=with_worker, as_json=as_json))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address; raises SettingsInvalid when it cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # Who comes before the server is ready waits for it, and is not turned away.
        bound.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        bound.close()
        raise SettingsInvalid(
            f"cannot listen on {host} port {port} ({error}): is another server running there? "
            "Set ARGOSY_PORT or --port to another one"
        ) from None
    return bound


class _Server(uvicorn.Server):
    """uvicorn without its signals: they are ours, for the streams must end before it waits."""

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


async def run_server(
    url: str,
    settings: Settings,
    listener: socket.socket,
    *,
    with_worker: bool = False,
    as_json: bool = False,
    stop: asyncio.Event | None = None,
    announce: bool = True,
) -> None:
    """Serve a migrated database on a bound socket until SIGINT or SIGTERM, or until `stop`."""
    if stop is None:
        stop = asyncio.Event()
        stop_signals(stop)
    db = await Database.connect(url, max_size=settings.pool_size, application_name="argosy serve")
    app = create_app(db, SystemClock(), settings)
    # What stands now stays; looking through it, and through every few requests, only costs time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    server = _Server(
        uvicorn.Config(
            app,
            http=LimitedProtocol,
            loop="none",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    try:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        beside = [serving, asyncio.create_task(stop.wait())]
        if with_worker:
            from argosy.cli.worker import work_until  # noqa: PLC0415  (most servers need none)

            beside.append(asyncio.create_task(work_until(db, settings, stop)))
        await asyncio.wait(
            {serving, asyncio.ensure_future(server.begun.wait())},
            return_when=asyncio.FIRST_COMPLETED,
        )
        if announce and server.started:
            _announce(listener, as_json=as_json)
        await asyncio.wait(beside, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        app.runtime.begin_stop()
        server.should_exit = True
        await asyncio.gather(*beside)
        await app.stop()
    finally:
        await db.close()
    log.info("server_stopped")


def _announce(listener: socket.socket, *, as_json: bool) -> None:
    host, port = listener.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if as_json:
        print(json.dumps({"url": url, "pid": os.getpid()}), flush=True)
    else:
        print(f"Argosy listens on {url} (API documentation: {url}/docs)", flush=True)
