"""Jobs: single calls to the outside, claimed in batches, retried, kept with their result.

A job row is written by the change that asks for it, in the same transaction. Running one is three
steps: claim in a short transaction, call outside any, settle in another. Whoever runs it may be
killed in between, so what a kind does must be idempotent by the job's key.
"""

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from argosy.kernel.database import Database, Tx
from argosy.kernel.outcomes import Dead, Done, JobOutcome, Retry
from argosy.kernel.schedules import Sweep
from argosy.kernel.sql import Statements

sql = Statements(__package__)
log = structlog.get_logger(__name__)

BUCKETS = 16
KEPT_FOR = timedelta(days=30)


def bucket_of(subject_id: UUID) -> int:
    """Return the bucket of a subject; in SQL `get_byte(uuid_send(subject_id), 15) % 16`."""
    return subject_id.bytes[15] % BUCKETS


class Job(msgspec.Struct, frozen=True):
    """A claimed job; `attempts` counts this one."""

    bucket: int
    job_id: UUID
    kind: str
    key: str
    subject_id: UUID
    body: dict[str, Any]
    attempts: int
    deadline_at: datetime | None
    created_at: datetime


class JobKind(msgspec.Struct, frozen=True):
    """A kind of job: `run` takes many and returns one outcome each, in the same order."""

    kind: str
    run: Callable[[Database, Sequence[Job], datetime], Awaitable[Sequence[JobOutcome]]]
    batch: int = 200
    max_attempts: int = 8
    lease_seconds: float = 60
    first_backoff_seconds: float = 2
    longest_backoff_seconds: float = 3600
    exception_category: str = "integration"

    def backoff_seconds(self, attempts: int) -> float:
        """Return the pause after the attempt numbered `attempts`: doubling, with jitter."""
        doubled = self.first_backoff_seconds * float(2 ** (attempts - 1))
        pause = min(self.longest_backoff_seconds, doubled)
        return pause * (0.75 + random.random() / 2)  # noqa: S311


class DeadJob(msgspec.Struct, frozen=True):
    """A job that was given up, for whoever opens an exception about it."""

    job: Job
    reason: str
    category: str


async def find_due_jobs(db: Database, now: datetime) -> dict[str, list[int]]:
    """Return the buckets with due jobs, by kind."""
    due: dict[str, list[int]] = {}
    async with db.writing_pool.acquire() as connection:
        for kind, bucket in await connection.fetch(sql("find_due_jobs"), now):
            due.setdefault(kind, []).append(bucket)
    return due


async def run_jobs(
    db: Database,
    kind: JobKind,
    buckets: Sequence[int],
    holder: str,
    now: datetime,
    *,
    bury: Callable[[Tx, Sequence[DeadJob], datetime], Awaitable[object]],
) -> int:
    """Claim and run one batch of `kind` in `buckets`; return how many jobs were claimed.

    When `run` raises, the whole batch is tried again later. `bury` is called in the settling
    transaction for jobs that are given up.
    """

    async def claim(tx: Tx) -> list[Job]:
        until = now + timedelta(seconds=kind.lease_seconds)
        rows = await tx.fetch(sql("claim_jobs"), buckets, kind.kind, now, kind.batch, until, holder)
        return [Job(**row) for row in rows]

    jobs = await db.run(claim)
    if not jobs:
        return 0
    try:
        outcomes = await kind.run(db, jobs, now)
        assert len(outcomes) == len(jobs), "one outcome for each job"
    except Exception as error:
        log.exception("jobs_failed", kind=kind.kind, jobs=len(jobs))
        outcomes = [Retry(f"{type(error).__name__}: {error}"[:2000])] * len(jobs)
    await settle_jobs(db, kind, holder, list(zip(jobs, outcomes, strict=True)), now, bury)
    return len(jobs)


async def settle_jobs(
    db: Database,
    kind: JobKind,
    holder: str,
    settled: Sequence[tuple[Job, JobOutcome]],
    now: datetime,
    bury: Callable[[Tx, Sequence[DeadJob], datetime], Awaitable[object]],
) -> None:
    """Write down the outcomes of claimed jobs in one transaction."""
    states, run_ats, results, errors = [], [], [], []
    dead: dict[UUID, DeadJob] = {}
    for job, outcome in settled:
        state, run_at, result, error = _settled(kind, job, outcome, now)
        states.append(state)
        run_ats.append(run_at)
        results.append(result)
        errors.append(error)
        if state == "dead":
            dead[job.job_id] = DeadJob(job, error or "", kind.exception_category)

    async def settle(tx: Tx) -> None:
        rows = await tx.fetch(
            sql("settle_jobs"),
            [job.job_id for job, _ in settled],
            states,
            run_ats,
            results,
            errors,
            now,
            [job.bucket for job, _ in settled],
            holder,
        )
        buried = [dead[row["job_id"]] for row in rows if row["state"] == "dead"]
        if buried:
            await bury(tx, buried, now)

    await db.run(settle)


def _settled(
    kind: JobKind, job: Job, outcome: JobOutcome, now: datetime
) -> tuple[str, datetime | None, dict[str, Any] | None, str | None]:
    match outcome:
        case Done(result):
            return "done", None, result, None
        case Dead(reason, result):
            return "dead", None, result, reason
        case Retry(reason, after):
            pause = kind.backoff_seconds(job.attempts) if after is None else after
            run_at = now + timedelta(seconds=pause)
            late = job.deadline_at is not None and run_at > job.deadline_at
            if job.attempts >= kind.max_attempts or late:
                return "dead", None, None, reason
            return "ready", run_at, None, reason


async def requeue_jobs(tx: Tx, job_ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """Make dead jobs ready again, attempts counted anew; return which were."""
    rows = await tx.fetch(sql("requeue_jobs"), list(job_ids), now)
    return {row["job_id"] for row in rows}


async def cancel_jobs(tx: Tx, job_ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """Call off jobs that wait or were given up; return which were."""
    rows = await tx.fetch(sql("cancel_jobs"), list(job_ids), now)
    return {row["job_id"] for row in rows}


async def drop_old_jobs(db: Database, now: datetime) -> int:
    """Drop jobs that were done or called off a month ago, up to 5,000; return how many.

    Dead ones stay until a person says what is to become of them.
    """
    async with db.transaction() as tx:
        status: str = await tx.execute(sql("drop_old_jobs"), now - KEPT_FOR)
    return int(status.rsplit(" ", 1)[1])


SWEEP = Sweep(name="kernel.drop_old_jobs", every_seconds=600, run=drop_old_jobs)
