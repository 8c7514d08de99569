"""Background jobs: what waits, what was given up, what came of it; and the readers and sweeps."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from argosy.http_api.feed import sql
from argosy.identity import Actor, AuditChange, door as identity
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database, Tx
from argosy.kernel.http import (
    MOST_ITEMS,
    After,
    BatchOutcome,
    Limit,
    Outcomes,
    Page,
    ProblemNote,
    decode_cursor,
    get,
    not_found,
    page_of,
    post,
    refuse,
)
from argosy.kernel.jobs import cancel_jobs, requeue_jobs
from argosy.kernel.refusals import Refused

JobState = Literal["ready", "running", "done", "dead", "canceled"]


class Refusal(StrEnum):
    """Why a command on jobs was not done."""

    JOB_NOT_FOUND = "job_not_found"
    JOB_IS_NOT_DEAD = "job_is_not_dead"
    JOB_CANNOT_BE_CALLED_OFF = "job_cannot_be_called_off"


class JobRow(Struct, frozen=True):
    """One job: what is to be done for which subject, how often it was tried, and its result."""

    job_id: UUID
    kind: str
    key: str
    subject_id: UUID
    state: JobState
    attempts: int
    run_at: datetime
    deadline_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    result: dict[str, Any] | None
    last_error: str | None

    __examples__ = (
        {
            "job_id": "8f2b3b1e-51a5-4a86-9a3c-3a6d8a1b8f10",
            "kind": "payments.capture",
            "key": "capture:0193f3a0-5b5e-7c3e-8f00-0a1b2c3d4e5f:1",
            "subject_id": "0193f3a0-5b5e-7c3e-8f00-0a1b2c3d4e5f",
            "state": "dead",
            "attempts": 8,
            "run_at": "2026-01-05T10:00:00Z",
            "deadline_at": None,
            "created_at": "2026-01-05T09:00:00Z",
            "finished_at": "2026-01-05T10:00:05Z",
            "result": None,
            "last_error": "The gateway does not answer.",
        },
    )


class JobCount(Struct, frozen=True):
    """How many jobs of a kind stand in a state, and how long the oldest has."""

    kind: str
    state: str
    jobs: int
    age_seconds: float


class ReaderState(Struct, frozen=True):
    """How far a reader of the event log is, and what stops it if something does."""

    reader: str
    position: int
    lag: int
    moved_at: datetime
    failures: int
    last_error: str | None


class SweepState(Struct, frozen=True):
    """When a sweep last ran and what came of it."""

    sweep: str
    last_started_at: datetime | None
    last_finished_at: datetime | None
    last_count: int | None
    last_error: str | None


class WorkOverview(Struct, frozen=True):
    """All background work at a glance; jobs that are done are not counted."""

    jobs: list[JobCount]
    readers: list[ReaderState]
    sweeps: list[SweepState]


class JobIds(Struct, forbid_unknown_fields=True):
    """Which jobs."""

    job_ids: Annotated[list[UUID], Meta(min_length=1, max_length=MOST_ITEMS)]

    __examples__ = ({"job_ids": ["8f2b3b1e-51a5-4a86-9a3c-3a6d8a1b8f10"]},)


class JobOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one job of a batch."""

    job_id: UUID


@get("/v1/jobs", permission="jobs:read", summary="List jobs")
async def list_jobs(
    db: Database,
    *,
    after: After = None,
    limit: Limit = 50,
    state: JobState | None = None,
    kind: Annotated[str, Meta(max_length=100)] | None = None,
    subject_id: UUID | None = None,
) -> Page[JobRow]:
    """Return jobs of one state, newest first: dead ones unless you say otherwise.

    With `subject_id` (an order, a delivery, …) its jobs in every state.
    """
    wanted = state or (None if subject_id is not None else "dead")
    moment, job_id = (None, None) if after is None else decode_cursor(after, tuple[datetime, UUID])
    async with db.reading() as tx:
        rows = await tx.fetch(sql("list_jobs"), wanted, kind, subject_id, moment, job_id, limit + 1)
    jobs = [JobRow(**row) for row in rows]
    return page_of(jobs, limit, lambda job: (job.created_at, job.job_id))


@get("/v1/jobs/overview", permission="jobs:read", summary="See all background work")
async def get_work_overview(db: Database) -> WorkOverview:
    """Return counts and ages of jobs, how far the readers are, and when the sweeps last ran."""
    async with db.reading() as tx:
        jobs = await tx.fetch(sql("measure_jobs"))
        readers = await tx.fetch(sql("list_readers"))
        sweeps = await tx.fetch(sql("list_sweeps"))
    return WorkOverview(
        [JobCount(**row) for row in jobs],
        [ReaderState(**row) for row in readers],
        [SweepState(**row) for row in sweeps],
    )


@get(
    "/v1/jobs/{job_id}",
    permission="jobs:read",
    summary="Get a job",
    refuses=[Refusal.JOB_NOT_FOUND],
)
async def get_job(db: Database, job_id: UUID) -> JobRow:
    """Return a job with its result."""
    async with db.reading() as tx:
        row = await tx.fetchrow(sql("get_job"), job_id)
    if row is None:
        not_found("job")
    return JobRow(**row)


Change = Callable[[Tx, Sequence[UUID], datetime], Awaitable[set[UUID]]]

_REFUSED = {
    "requeue": Refused(
        Refusal.JOB_IS_NOT_DEAD, "Only a job that is dead or canceled can be made ready again."
    ),
    "cancel": Refused(
        Refusal.JOB_CANNOT_BE_CALLED_OFF, "Only a job that is ready or dead can be called off."
    ),
}


async def _change(
    db: Database, clock: Clock, actor: Actor, verb: str, job_ids: Sequence[UUID]
) -> set[UUID]:
    """Requeue or cancel jobs, and write it into the audit log; return which were."""
    change: Change = requeue_jobs if verb == "requeue" else cancel_jobs
    now = clock.now()

    async def work(tx: Tx) -> set[UUID]:
        changed = await change(tx, job_ids, now)
        entries = [AuditChange(f"{verb}_job", "job", str(each)) for each in sorted(changed)]
        await identity.audit_changes(tx, entries, by=actor, now=now)
        return changed

    return await db.run(work)


async def _change_one(db: Database, clock: Clock, actor: Actor, verb: str, job_id: UUID) -> JobRow:
    changed = await _change(db, clock, actor, verb, [job_id])
    async with db.transaction() as tx:
        row = await tx.fetchrow(sql("get_job"), job_id)
    if row is None:
        not_found("job")
    if not changed:
        refuse(_REFUSED[verb])
    return JobRow(**row)


async def _change_many(
    db: Database, clock: Clock, actor: Actor, verb: str, job_ids: Sequence[UUID]
) -> Outcomes[JobOutcome]:
    changed = await _change(db, clock, actor, verb, job_ids)
    refused = _REFUSED[verb]
    note = ProblemNote(refused.code.value, refused.detail)
    return Outcomes(
        [
            JobOutcome(index=index, status="done", job_id=each)
            if each in changed
            else JobOutcome(index=index, status="refused", job_id=each, problem=note)
            for index, each in enumerate(job_ids)
        ]
    )


@post(
    "/v1/jobs/{job_id}/requeue",
    permission="jobs:write",
    summary="Make a dead job ready again",
    refuses=[Refusal.JOB_NOT_FOUND, Refusal.JOB_IS_NOT_DEAD],
)
async def requeue_job(db: Database, clock: Clock, actor: Actor, job_id: UUID) -> JobRow:
    """Let a job that was given up be tried again, its attempts counted anew."""
    return await _change_one(db, clock, actor, "requeue", job_id)


@post("/v1/jobs/requeue", permission="jobs:write", summary="Make dead jobs ready again")
async def requeue_many_jobs(
    db: Database, clock: Clock, actor: Actor, data: JobIds
) -> Outcomes[JobOutcome]:
    """Let jobs that were given up be tried again, one outcome each."""
    return await _change_many(db, clock, actor, "requeue", data.job_ids)


@post(
    "/v1/jobs/{job_id}/cancel",
    permission="jobs:write",
    summary="Call off a job",
    refuses=[Refusal.JOB_NOT_FOUND, Refusal.JOB_CANNOT_BE_CALLED_OFF],
)
async def cancel_job(db: Database, clock: Clock, actor: Actor, job_id: UUID) -> JobRow:
    """Call off a job that waits or was given up."""
    return await _change_one(db, clock, actor, "cancel", job_id)


@post("/v1/jobs/cancel", permission="jobs:write", summary="Call off jobs")
async def cancel_many_jobs(
    db: Database, clock: Clock, actor: Actor, data: JobIds
) -> Outcomes[JobOutcome]:
    """Call off jobs that wait or were given up, one outcome each."""
    return await _change_many(db, clock, actor, "cancel", data.job_ids)


ROUTES = (
    list_jobs,
    get_work_overview,
    get_job,
    requeue_job,
    requeue_many_jobs,
    cancel_job,
    cancel_many_jobs,
)
