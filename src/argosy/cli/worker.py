"""`argosy worker`."""

import asyncio
import contextlib

import structlog
import uvloop

from argosy.cli.runtime import migrated, started, stop_signals
from argosy.kernel.clock import SystemClock
from argosy.kernel.database import Database
from argosy.kernel.settings import Settings
from argosy.worker.loop import Worker
from argosy.worker.wiring import whole_house

log = structlog.get_logger("argosy.worker")


def worker() -> None:
    """Sequence events, run readers, jobs and sweeps until stopped; any number may run.

    At SIGINT or SIGTERM every loop finishes its present batch, and it exits with 0.
    """
    settings = started()
    with migrated(settings) as url, contextlib.suppress(KeyboardInterrupt):
        uvloop.run(run_worker(url, settings))


async def run_worker(url: str, settings: Settings) -> None:
    """Work on the database until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    stop_signals(stop)
    db = await Database.connect(url, max_size=settings.pool_size, application_name="argosy worker")
    try:
        await work_until(db, settings, stop)
    finally:
        await db.close()


async def work_until(db: Database, settings: Settings, stop: asyncio.Event) -> None:
    """Run a worker on an open database until `stop`."""
    house = Worker(db, SystemClock(), whole_house(), buckets_at_once=settings.buckets_at_once)
    running = asyncio.create_task(house.run())
    stopping = asyncio.create_task(stop.wait())
    log.info("worker_started")
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        house.stop()
        await running
    finally:
        stopping.cancel()
    log.info("worker_stopped")
