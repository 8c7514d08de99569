"""What exceptions publish; the subject is the order where there is one, else what it is about."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from argosy.kernel.events import publishes


@publishes("exception.opened.v1", subject="order, or what the exception is about")
class ExceptionOpened(Struct, frozen=True):
    """Something needs a person; `step` is what may be tried again."""

    exception_id: UUID
    category: str
    severity: str
    message: str
    subject_kind: str
    subject_id: UUID | None
    order_id: UUID | None
    step: str | None


@publishes("exception.assigned.v1", subject="order, or what the exception is about")
class ExceptionAssigned(Struct, frozen=True):
    """Somebody took an exception, or it was given back (no owner)."""

    exception_id: UUID
    category: str
    order_id: UUID | None
    owner: str | None
    by: str


@publishes("exception.retried.v1", subject="order, or what the exception is about")
class ExceptionRetried(Struct, frozen=True):
    """The step of an exception is to be tried again; who owns the step hears it."""

    exception_id: UUID
    category: str
    step: str
    subject_kind: str
    subject_id: UUID | None
    order_id: UUID | None
    by: str


@publishes("exception.resolved.v1", subject="order, or what the exception is about")
class ExceptionResolved(Struct, frozen=True):
    """Nobody needs to look at it any more: it was put right, tried again, or is ignored."""

    exception_id: UUID
    category: str
    order_id: UUID | None
    status: Literal["resolved", "ignored"]
    resolution: str
    by: str
