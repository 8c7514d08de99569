"""Jobs: each is done once, retried, given up, and kept; whoever is killed meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database, Tx
from argosy.kernel.jobs import (
    BUCKETS,
    Dead,
    DeadJob,
    Done,
    Job,
    JobKind,
    JobOutcome,
    Retry,
    cancel_jobs,
    drop_old_jobs,
    find_due_jobs,
    requeue_jobs,
    run_jobs,
    sql,
)
from tests.kernel.conftest import Rows, write_jobs

ALL = list(range(BUCKETS))


class Outside:
    """What a kind of job calls: it counts, and answers as it is told."""

    def __init__(self, *answers: JobOutcome) -> None:
        self.called: Counter[UUID] = Counter()
        self.answers = list(answers)
        self.buried: list[DeadJob] = []

    async def run(self, db: Database, jobs: Sequence[Job], now: datetime) -> list[JobOutcome]:
        self.called.update(job.job_id for job in jobs)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if self.answers else Done({"label": "A-1"})
        return [answer] * len(jobs)

    async def bury(self, tx: Tx, dead: Sequence[DeadJob], now: datetime) -> None:
        self.buried += dead

    def kind(self, **how: int) -> JobKind:
        return JobKind("test.call", self.run, **{"max_attempts": 3, **how})


async def _run(db: Database, outside: Outside, now: datetime, holder: str = "one") -> int:
    return await run_jobs(db, outside.kind(), ALL, holder, now, bury=outside.bury)


async def test_a_job_is_done_and_its_result_kept(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    outside = Outside()
    await write_jobs(db, 1, clock.now())
    assert list(await find_due_jobs(db, clock.now())) == ["test.call"]
    assert await _run(db, outside, clock.now()) == 1
    [job] = await rows("select * from job")
    assert (job["state"], job["attempts"], job["result"]) == ("done", 1, {"label": "A-1"})
    assert job["finished_at"] == clock.now()
    assert await _run(db, outside, clock.now()) == 0
    assert await find_due_jobs(db, clock.now()) == {}


async def test_a_job_is_tried_again_later_and_then_given_up(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    outside = Outside(*[Retry("no answer")] * 3)
    await write_jobs(db, 1, clock.now())
    for attempt in (1, 2):
        await _run(db, outside, clock.now())
        [job] = await rows("select * from job")
        assert (job["state"], job["attempts"]) == ("ready", attempt)
        assert job["run_at"] > clock.now()
        assert await _run(db, outside, clock.now()) == 0, "it is not due yet"
        clock.advance(timedelta(minutes=1))
    await _run(db, outside, clock.now())
    [job] = await rows("select * from job")
    assert (job["state"], job["last_error"]) == ("dead", "no answer")
    assert [each.job.job_id for each in outside.buried] == [job["job_id"]]


async def test_a_job_is_not_tried_beyond_its_deadline(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    outside = Outside(Retry("no answer"))
    await write_jobs(db, 1, clock.now(), deadline_at=clock.now() + timedelta(seconds=1))
    await _run(db, outside, clock.now())
    assert [row["state"] for row in await rows("select state from job")] == ["dead"]
    assert len(outside.buried) == 1


async def test_pain_30_who_goes_silent_loses_its_jobs_and_nothing_is_stuck(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    """A worker that is killed after its claim leaves jobs that another takes over, once."""

    class Killed(BaseException):
        pass

    class Killing(Outside):
        async def run(self, db: Database, jobs: Sequence[Job], now: datetime) -> list[JobOutcome]:
            raise Killed

    await write_jobs(db, 5, clock.now())
    with pytest.raises(Killed):
        await _run(db, Killing(), clock.now(), "killed")
    second = Outside()
    assert await _run(db, second, clock.now(), "second") == 0, "the lease still holds"
    clock.advance(timedelta(seconds=61))
    assert await _run(db, second, clock.now(), "second") == 5
    assert set(second.called.values()) == {1}
    assert {row["state"] for row in await rows("select state from job")} == {"done"}


async def test_who_comes_back_too_late_changes_nothing(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    """Its lease ran out and another works on the job: what it says does not count."""

    class Slow(Outside):
        async def run(self, db: Database, jobs: Sequence[Job], now: datetime) -> list[JobOutcome]:
            later = clock.advance(timedelta(seconds=61))
            until = later + timedelta(seconds=60)
            async with db.transaction() as tx:
                claim = (ALL, "test.call", later, 10, until, "second")
                assert len(await tx.fetch(sql("claim_jobs"), *claim)) == 1
            return [Dead("too late")] * len(jobs)

    slow = Slow()
    await write_jobs(db, 1, clock.now())
    await _run(db, slow, clock.now(), "first")
    [job] = await rows("select * from job")
    assert (job["state"], job["leased_by"], job["attempts"]) == ("running", "second", 2)
    assert slow.buried == []


async def test_two_workers_on_one_queue_do_each_job_once(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    outside = Outside()
    ids = await write_jobs(db, 600, clock.now())

    async def work(holder: str) -> None:
        while await run_jobs(
            db, outside.kind(batch=20), ALL, holder, clock.now(), bury=outside.bury
        ):
            pass

    await asyncio.gather(work("one"), work("two"), work("three"))
    assert outside.called == Counter(ids)
    assert {row["state"] for row in await rows("select state from job")} == {"done"}


async def test_a_batch_that_raises_is_tried_again(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    class Broken(Outside):
        async def run(self, db: Database, jobs: Sequence[Job], now: datetime) -> list[JobOutcome]:
            raise ValueError("broken")

    await write_jobs(db, 2, clock.now())
    await _run(db, Broken(), clock.now())
    found = await rows("select state, last_error from job")
    assert found == [{"state": "ready", "last_error": "ValueError: broken"}] * 2


async def test_a_key_asks_for_a_call_once(db: Database, clock: FixedClock, rows: Rows) -> None:
    [job_id] = await write_jobs(db, 1, clock.now())
    async with db.transaction() as tx:
        await tx.execute(
            "insert into job (bucket, job_id, kind, key, subject_id, body)"
            " select bucket, gen_random_uuid(), kind, key, subject_id, body from job"
            " on conflict do nothing"
        )
    assert [row["job_id"] for row in await rows("select job_id from job")] == [job_id]


async def test_pain_38_clean_up_looks_at_the_state_first(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    """However old: what waits, runs or was given up stays; only what has ended goes."""
    for state, finished in (
        ("ready", None),
        ("running", None),
        ("dead", clock.now()),
        ("done", clock.now()),
        ("canceled", clock.now()),
    ):
        [job_id] = await write_jobs(db, 1, clock.now())
        async with db.transaction() as tx:
            await tx.execute(
                "update job set state = $2, finished_at = $3 where job_id = $1",
                job_id,
                state,
                finished,
            )
    assert await drop_old_jobs(db, clock.now() + timedelta(days=29)) == 0
    assert await drop_old_jobs(db, clock.now() + timedelta(days=1000)) == 2
    left = {row["state"] for row in await rows("select state from job")}
    assert left == {"ready", "running", "dead"}


async def test_dead_jobs_are_requeued_and_waiting_ones_called_off(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    outside = Outside(Dead("declined"))
    [dead] = await write_jobs(db, 1, clock.now())
    await _run(db, outside, clock.now())
    [waiting] = await write_jobs(db, 1, clock.now())
    async with db.transaction() as tx:
        assert await requeue_jobs(tx, [dead, waiting], clock.now()) == {dead}
        assert await cancel_jobs(tx, [waiting], clock.now()) == {waiting}
    assert await _run(db, outside, clock.now()) == 1
    states = {row["job_id"]: row["state"] for row in await rows("select job_id, state from job")}
    assert states == {dead: "done", waiting: "canceled"}
