"""Opening exceptions, and what people do about them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.exceptions import store
from argosy.exceptions.decide import Move, decide_asks
from argosy.exceptions.model import Ask, NewException, ProcessException, Refusal, Settled
from argosy.kernel.database import Tx
from argosy.kernel.ids import id_at
from argosy.kernel.jobs import requeue_jobs
from argosy.kernel.refusals import Refused


async def open_exceptions(tx: Tx, rows: Sequence[NewException], now: datetime) -> list[UUID]:
    """Open one exception for each row and announce it; return their ids in order."""
    if not rows:
        return []
    ids = [id_at(now) for _ in rows]
    await store.open_exceptions(tx, ids, rows, now)
    return ids


async def move_exceptions(
    tx: Tx, asks: Sequence[Ask], *, by: str, now: datetime
) -> list[Settled | Refused]:
    """Do what is asked about each exception; one outcome each, in order.

    Retrying requeues the job that was given up; a step that is no job is announced as
    `exception.retried.v1`, and the context that owns the step takes it up. Either way the exception
    is over: if the step fails again, a new one is opened.
    """
    found = await store.lock_exceptions(tx, [ask.exception_id for ask in asks])
    decided = decide_asks(asks, found)
    decided = await _requeue(tx, decided, found, now)
    moves = [each for each in decided if isinstance(each, Move)]
    settled = await store.move_exceptions(tx, moves, by=by, now=now) if moves else {}
    return [settled[each.exception_id] if isinstance(each, Move) else each for each in decided]


async def _requeue(
    tx: Tx,
    decided: list[Move | Refused],
    found: dict[UUID, ProcessException],
    now: datetime,
) -> list[Move | Refused]:
    """Requeue the jobs of retries; refuse those whose job is not given up any more."""
    jobs = {
        each.exception_id: found[each.exception_id].subject_id
        for each in decided
        if isinstance(each, Move)
        and each.verb == "retry"
        and found[each.exception_id].can_be_requeued
    }
    if not jobs:
        return decided
    requeued = await requeue_jobs(tx, sorted(job for job in jobs.values() if job), now)
    detail = "Its job is not given up any more: it was tried again, or is done. Resolve it instead."
    return [
        Refused(Refusal.NOTHING_TO_RETRY, detail)
        if isinstance(each, Move)
        and each.exception_id in jobs
        and jobs[each.exception_id] not in requeued
        else each
        for each in decided
    ]


async def resolve_about(
    tx: Tx,
    subject_kind: str,
    subject_ids: Sequence[UUID],
    resolution: str,
    *,
    by: object,
    now: datetime,
) -> int:
    """Resolve what is open about some subjects, since it is over; return how many that were."""
    ids = await store.find_open_about(tx, subject_kind, subject_ids)
    if not ids:
        return 0
    asks = [Ask(each, "resolve", resolution) for each in ids]
    outcomes = await move_exceptions(tx, asks, by=str(by), now=now)
    return sum(isinstance(outcome, Settled) for outcome in outcomes)
