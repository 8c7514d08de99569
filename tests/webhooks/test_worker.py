"""A receiver that is slow to answer keeps nobody else's jobs waiting."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from argosy.kernel.clock import SystemClock
from argosy.kernel.database import Database
from argosy.kernel.jobs import Done, Job, JobKind, JobOutcome
from argosy.worker.loop import Worker
from argosy.worker.wiring import Wiring

ASK = (
    "insert into job (bucket, job_id, kind, key, subject_id, body) "
    "values (0, gen_random_uuid(), $1, $2, gen_random_uuid(), '{}')"
)


async def test_a_slow_kind_of_job_keeps_no_other_waiting(db: Database) -> None:
    slow_runs, quick_ran, let_go = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def be_slow(_: Database, jobs: Sequence[Job], now: datetime) -> list[JobOutcome]:
        slow_runs.set()
        await let_go.wait()
        return [Done()] * len(jobs)

    async def be_quick(_: Database, jobs: Sequence[Job], now: datetime) -> list[JobOutcome]:
        quick_ran.set()
        return [Done()] * len(jobs)

    kinds = (JobKind("test.slow", be_slow), JobKind("test.quick", be_quick))
    worker = Worker(db, SystemClock(), Wiring((), kinds, ()))
    async with db.transaction() as tx:
        await tx.execute(ASK, "test.slow", "1")
    running = asyncio.ensure_future(worker.run())
    async with asyncio.timeout(30):
        await slow_runs.wait()
        async with db.transaction() as tx:
            await tx.execute(ASK, "test.quick", "1")
        await quick_ran.wait()
        worker.stop()
        let_go.set()
        await running
    async with db.reading() as tx:
        states = await tx.fetch("select state from job")
    assert [row["state"] for row in states] == ["done", "done"]
