"""Routes of exceptions: what needs a person, and what people do about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, NoReturn
from uuid import UUID

import msgspec
from msgspec import Meta

from argosy.exceptions import commands, reads
from argosy.exceptions.model import (
    Ask,
    Category,
    ExceptionStatus,
    ProcessException,
    Refusal,
    Settled,
    Severity,
)
from argosy.identity import Actor, AuditChange
from argosy.identity.door import audit_changes
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database, Tx
from argosy.kernel.http import (
    After,
    Answer,
    Batch,
    BatchOutcome,
    Limit,
    Outcomes,
    Page,
    decode_cursor,
    get,
    not_found,
    note_of,
    page_of,
    post,
    refuse,
)
from argosy.kernel.refusals import Refused

_Text = Annotated[str, Meta(min_length=1, max_length=1000)]
_Owner = Annotated[str, Meta(min_length=1, max_length=200)]
_REFUSES = [Refusal.EXCEPTION_NOT_FOUND, Refusal.EXCEPTION_IS_CLOSED]


class ResolveBody(msgspec.Struct, forbid_unknown_fields=True):
    """How it was put right."""

    resolution: _Text

    __examples__ = ({"resolution": "The address was corrected with the buyer."},)


class IgnoreBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why nobody does anything about it."""

    reason: _Text

    __examples__ = ({"reason": "A test order."},)


class AssignBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who takes care of it; null gives it back to everybody."""

    owner: _Owner | None

    __examples__ = ({"owner": "I. Morgan"},)


class RetryBody(msgspec.Struct, forbid_unknown_fields=True):
    """What was put right before it is tried again."""

    note: _Text | None = None

    __examples__ = ({"note": "The carrier account is paid again."},)


class ResolveItem(ResolveBody, kw_only=True, forbid_unknown_fields=True):
    """One exception to be resolved; `version` when it must be as it was seen."""

    exception_id: UUID
    version: int | None = None


class IgnoreItem(IgnoreBody, kw_only=True, forbid_unknown_fields=True):
    """One exception to be ignored; `version` when it must be as it was seen."""

    exception_id: UUID
    version: int | None = None


class AssignItem(AssignBody, kw_only=True, forbid_unknown_fields=True):
    """One exception to be given to somebody; `version` when it must be as it was seen."""

    exception_id: UUID
    version: int | None = None


class RetryItem(RetryBody, kw_only=True, forbid_unknown_fields=True):
    """One exception whose step is tried again; `version` when it must be as it was seen."""

    exception_id: UUID
    version: int | None = None


class ExceptionOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one exception of a batch."""

    exception_id: UUID
    exception: Settled | None = None


@get("/v1/exceptions", permission="exceptions:read", summary="List exceptions")
async def list_exceptions(
    db: Database,
    *,
    after: After = None,
    limit: Limit = 50,
    status: ExceptionStatus | None = None,
    category: Category | None = None,
    severity: Severity | None = None,
    owner: _Owner | None = None,
    order_id: UUID | None = None,
    subject_id: UUID | None = None,
) -> Page[ProcessException]:
    """Return what needs or needed a person, newest first; filters narrow together."""
    last = None if after is None else decode_cursor(after, tuple[UUID])[0]
    filters = reads.ExceptionFilters(status, category, severity, owner, order_id, subject_id)
    async with db.reading() as tx:
        rows = await reads.list_exceptions(tx, filters, after=last, limit=limit + 1)
    return page_of(rows, limit, lambda row: row.exception_id)


@get(
    "/v1/exceptions/{exception_id}",
    permission="exceptions:read",
    summary="Get an exception",
    refuses=[Refusal.EXCEPTION_NOT_FOUND],
)
async def get_exception(db: Database, exception_id: UUID) -> Answer[ProcessException]:
    """Return one exception; its version is the ETag."""
    async with db.reading() as tx:
        found = await reads.find_exception(tx, exception_id)
    if found is None:
        not_found("exception")
    return Answer(found, version=found.version)


def _refuse(refused: Refused) -> NoReturn:
    match refused.code:
        case Refusal.EXCEPTION_NOT_FOUND:
            refuse(refused, status=404)
        case Refusal.EXCEPTION_CHANGED_MEANWHILE:
            refuse(refused, status=412)
        case _:
            refuse(refused)


async def _move(
    tx: Tx, asks: Sequence[Ask], actor: Actor, now: datetime
) -> list[Settled | Refused]:
    """Do what is asked and write it into the audit log."""
    outcomes = await commands.move_exceptions(tx, asks, by=str(actor), now=now)
    changes = [
        AuditChange(f"{ask.verb}_exception", "exception", str(ask.exception_id), None, outcome)
        for ask, outcome in zip(asks, outcomes, strict=True)
        if isinstance(outcome, Settled)
    ]
    await audit_changes(tx, changes, by=actor, now=now)
    return outcomes


async def _move_one(db: Database, clock: Clock, actor: Actor, ask: Ask) -> Answer[Settled]:
    outcome = (await db.run(lambda tx: _move(tx, [ask], actor, clock.now())))[0]
    if isinstance(outcome, Refused):
        _refuse(outcome)
    return Answer(outcome, version=outcome.version)


async def _move_many(
    db: Database, clock: Clock, actor: Actor, asks: Sequence[Ask]
) -> Outcomes[ExceptionOutcome]:
    done = await db.run(lambda tx: _move(tx, asks, actor, clock.now()))
    return Outcomes(
        [
            ExceptionOutcome(
                index=index,
                status="refused" if isinstance(outcome, Refused) else "done",
                exception_id=ask.exception_id,
                problem=note_of(outcome) if isinstance(outcome, Refused) else None,
                exception=None if isinstance(outcome, Refused) else outcome,
            )
            for index, (ask, outcome) in enumerate(zip(asks, done, strict=True))
        ]
    )


@post(
    "/v1/exceptions/{exception_id}/resolve",
    permission="exceptions:write",
    summary="Resolve an exception",
    refuses=_REFUSES,
)
async def resolve_exception(
    db: Database,
    clock: Clock,
    actor: Actor,
    *,
    if_match: int | None,
    exception_id: UUID,
    data: ResolveBody,
) -> Answer[Settled]:
    """Say that it was put right."""
    ask = Ask(exception_id, "resolve", data.resolution, if_match)
    return await _move_one(db, clock, actor, ask)


@post(
    "/v1/exceptions/{exception_id}/ignore",
    permission="exceptions:write",
    summary="Ignore an exception",
    refuses=_REFUSES,
)
async def ignore_exception(
    db: Database,
    clock: Clock,
    actor: Actor,
    *,
    if_match: int | None,
    exception_id: UUID,
    data: IgnoreBody,
) -> Answer[Settled]:
    """Say that nobody does anything about it, and why."""
    return await _move_one(db, clock, actor, Ask(exception_id, "ignore", data.reason, if_match))


@post(
    "/v1/exceptions/{exception_id}/assign",
    permission="exceptions:write",
    summary="Assign an exception",
    refuses=_REFUSES,
)
async def assign_exception(
    db: Database,
    clock: Clock,
    actor: Actor,
    *,
    if_match: int | None,
    exception_id: UUID,
    data: AssignBody,
) -> Answer[Settled]:
    """Give it to somebody, or back to everybody."""
    return await _move_one(db, clock, actor, Ask(exception_id, "assign", data.owner, if_match))


@post(
    "/v1/exceptions/{exception_id}/retry",
    permission="exceptions:write",
    summary="Retry the step of an exception",
    refuses=[*_REFUSES, Refusal.NOTHING_TO_RETRY],
)
async def retry_exception(
    db: Database,
    clock: Clock,
    actor: Actor,
    *,
    if_match: int | None,
    exception_id: UUID,
    data: RetryBody,
) -> Answer[Settled]:
    """Try the step again that failed; the exception is resolved, and opened anew if it fails."""
    return await _move_one(db, clock, actor, Ask(exception_id, "retry", data.note, if_match))


@post(
    "/v1/exceptions/resolve/batch",
    permission="exceptions:write",
    summary="Resolve exceptions in a batch",
)
async def resolve_exceptions(
    db: Database, clock: Clock, actor: Actor, data: Batch[ResolveItem]
) -> Outcomes[ExceptionOutcome]:
    """Resolve many, one outcome each."""
    asks = [Ask(e.exception_id, "resolve", e.resolution, e.version) for e in data.items]
    return await _move_many(db, clock, actor, asks)


@post(
    "/v1/exceptions/ignore/batch",
    permission="exceptions:write",
    summary="Ignore exceptions in a batch",
)
async def ignore_exceptions(
    db: Database, clock: Clock, actor: Actor, data: Batch[IgnoreItem]
) -> Outcomes[ExceptionOutcome]:
    """Ignore many, one outcome each."""
    asks = [Ask(e.exception_id, "ignore", e.reason, e.version) for e in data.items]
    return await _move_many(db, clock, actor, asks)


@post(
    "/v1/exceptions/assign/batch",
    permission="exceptions:write",
    summary="Assign exceptions in a batch",
)
async def assign_exceptions(
    db: Database, clock: Clock, actor: Actor, data: Batch[AssignItem]
) -> Outcomes[ExceptionOutcome]:
    """Give many to somebody, one outcome each."""
    asks = [Ask(e.exception_id, "assign", e.owner, e.version) for e in data.items]
    return await _move_many(db, clock, actor, asks)


@post(
    "/v1/exceptions/retry/batch",
    permission="exceptions:write",
    summary="Retry the steps of exceptions in a batch",
)
async def retry_exceptions(
    db: Database, clock: Clock, actor: Actor, data: Batch[RetryItem]
) -> Outcomes[ExceptionOutcome]:
    """Try many steps again, one outcome each."""
    asks = [Ask(e.exception_id, "retry", e.note, e.version) for e in data.items]
    return await _move_many(db, clock, actor, asks)


ROUTES = (
    list_exceptions,
    get_exception,
    resolve_exception,
    ignore_exception,
    assign_exception,
    retry_exception,
    resolve_exceptions,
    ignore_exceptions,
    assign_exceptions,
    retry_exceptions,
)
