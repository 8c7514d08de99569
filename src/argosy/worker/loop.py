"""The loops of a worker. Any number of workers may run; what only one may do is leased."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable

import structlog

from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.jobs import BUCKETS, JobKind, find_due_jobs, run_jobs
from argosy.kernel.leases import drop_leases, take_lease
from argosy.kernel.readers import (
    SEQUENCER_LEASE,
    Reader,
    advance_reader,
    find_last_position,
    open_cursors,
    sequence_events,
)
from argosy.kernel.schedules import Sweep, run_sweep
from argosy.worker.wiring import Wiring, bury_jobs

log = structlog.get_logger(__name__)

IDLE_SECONDS = 0.2
FAILED_SECONDS = 2.0
SLOW_SECONDS = 1.0  # After which a kind of job is left to itself.
LEASE_SECONDS = 15.0
MOST_BATCHES = 20


class Worker:
    """Runs the wiring against a database until it is stopped.

    `stop` lets every loop finish its present batch; nothing is lost when the process is killed
    instead, since each batch is one transaction or an idempotent job. On a database spread over
    machines, rows can only be claimed on one of them at a time: `buckets_at_once` is 1 there.
    """

    def __init__(
        self, db: Database, clock: Clock, wiring: Wiring, *, buckets_at_once: int = BUCKETS
    ) -> None:
        self.buckets_at_once = buckets_at_once
        self.db = db
        self.clock = clock
        self.wiring = wiring
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        self._stopping = asyncio.Event()
        self._position = 0
        self._running: dict[str, asyncio.Future[int]] = {}

    def stop(self) -> None:
        """Ask every loop to end after its present batch."""
        self._stopping.set()

    async def run(self) -> None:
        """Run all loops until `stop`."""
        await open_cursors(self.db, self.wiring.readers)
        loops = [self._loop("sequencer", self._sequence)]
        loops += [self._loop(reader.name, self._reading(reader)) for reader in self.wiring.readers]
        loops.append(self._loop("jobs", self._work))
        loops += [
            self._loop(sweep.name, self._sweeping(sweep), pause_seconds=sweep.every_seconds / 2)
            for sweep in self.wiring.sweeps
        ]
        try:
            await asyncio.gather(*loops)
            await asyncio.gather(*self._running.values(), return_exceptions=True)
        finally:
            await drop_leases(self.db, self.holder)

    async def _loop(
        self,
        name: str,
        step: Callable[[], Awaitable[int]],
        *,
        pause_seconds: float = IDLE_SECONDS,
    ) -> None:
        """Repeat `step`: at once while it finds work, after a pause when not or when it failed."""
        while not self._stopping.is_set():
            try:
                pause = 0.0 if await step() else pause_seconds
            except Exception:
                log.exception("worker_step_failed", step=name)
                pause = FAILED_SECONDS
            if pause:
                try:
                    await asyncio.wait_for(self._stopping.wait(), pause)
                except TimeoutError:
                    continue
            else:
                await asyncio.sleep(0)

    async def _sequence(self) -> int:
        now = self.clock.now()
        if not await take_lease(self.db, SEQUENCER_LEASE, self.holder, now, seconds=LEASE_SECONDS):
            self._position = await find_last_position(self.db)
            return 0
        sequenced = await sequence_events(self.db)
        self._position = await find_last_position(self.db)
        return sequenced

    def _reading(self, reader: Reader) -> Callable[[], Awaitable[int]]:
        """Return the step of a reader; it asks the database only when the log has grown."""
        heard_at = -1

        async def step() -> int:
            nonlocal heard_at
            position = self._position
            if position == heard_at:
                return 0
            passed = await advance_reader(self.db, reader, self.clock.now())
            if passed < reader.batch:
                # Less than a whole batch was left, so all up to `position` has been heard.
                heard_at = position
            return passed

        return step

    def _sweeping(self, sweep: Sweep) -> Callable[[], Awaitable[int]]:
        async def step() -> int:
            await run_sweep(self.db, sweep, self.clock.now())
            return 0

        return step

    async def _work(self) -> int:
        """Run every kind that has due jobs, side by side; return how many jobs were done.

        A kind that waits for somebody outside is waited for a moment only: it goes on by itself,
        and keeps no other kind waiting.
        """
        due = await find_due_jobs(self.db, self.clock.now())
        for kind in self.wiring.job_kinds:
            if kind.kind in due and kind.kind not in self._running:
                step = self._work_on(kind, due[kind.kind])
                self._running[kind.kind] = asyncio.ensure_future(step)
        if not self._running:
            return 0
        await asyncio.wait(self._running.values(), timeout=SLOW_SECONDS)
        ended = [name for name, task in self._running.items() if task.done()]
        tasks = [self._running.pop(name) for name in ended]
        return sum(task.result() for task in tasks)

    async def _work_on(self, kind: JobKind, buckets: list[int]) -> int:
        done = 0
        step = self.buckets_at_once
        for first in range(0, len(buckets), step):
            # To look which jobs are due costs more than to claim some: a full batch is followed up.
            for _ in range(MOST_BATCHES):
                claimed = await run_jobs(
                    self.db,
                    kind,
                    buckets[first : first + step],
                    self.holder,
                    self.clock.now(),
                    bury=bury_jobs,
                )
                done += claimed
                if claimed < kind.batch or self._stopping.is_set():
                    break
        return done


async def settle(db: Database, clock: Clock, wiring: Wiring, *, most_rounds: int = 200) -> int:
    """Run everything that is due, one round after another, until a round finds nothing.

    For tests, the demo's `--once` and benchmarks: the same steps as a worker, without its waiting.
    Returns how many rounds found work.
    """
    await open_cursors(db, wiring.readers)
    holder = f"settle:{os.getpid()}"
    for rounds in range(most_rounds):
        now = clock.now()
        found = await sequence_events(db)
        for reader in wiring.readers:
            found += await advance_reader(db, reader, now)
        due = await find_due_jobs(db, now)
        for kind in wiring.job_kinds:
            if kind.kind in due:
                found += await run_jobs(db, kind, due[kind.kind], holder, now, bury=bury_jobs)
        for sweep in wiring.sweeps:
            found += await sweep.run(db, now)
        if not found:
            return rounds
    return most_rounds
