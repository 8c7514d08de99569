"""The nouns of exceptions: what needs a person, and why something is refused."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

ExceptionStatus = Literal["open", "resolved", "ignored"]
Severity = Literal["low", "high"]
Category = Literal[
    "capture",
    "payment",
    "routing",
    "fulfillment",
    "invoicing",
    "webhook",
    "import",
    "integration",
]


class Refusal(StrEnum):
    """Why a command on exceptions was not done."""

    EXCEPTION_NOT_FOUND = "exception_not_found"
    EXCEPTION_IS_CLOSED = "exception_is_closed"
    NOTHING_TO_RETRY = "nothing_to_retry"
    EXCEPTION_CHANGED_MEANWHILE = "exception_changed_meanwhile"


class NewException(Struct, frozen=True):
    """Something that needs a person; `step` is what may be tried again once it is put right."""

    category: str
    subject_kind: str
    subject_id: UUID | None
    order_id: UUID | None
    message: str
    facts: dict[str, Any] = {}
    step: str | None = None
    severity: str = "high"


class ProcessException(Struct, frozen=True):
    """Something that needs a person, as it stands."""

    exception_id: UUID
    category: Category
    severity: Severity
    status: ExceptionStatus
    subject_kind: str
    subject_id: UUID | None
    order_id: UUID | None
    message: str
    facts: dict[str, Any]
    step: str | None
    owner: str | None
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    version: int

    @property
    def can_be_requeued(self) -> bool:
        """Return whether its step is a job that was given up."""
        return self.subject_kind == "job" and self.subject_id is not None


class Settled(Struct, frozen=True):
    """An exception that a command changed: how it stands now."""

    exception_id: UUID
    status: ExceptionStatus
    owner: str | None
    version: int


class Ask(Struct, frozen=True):
    """What somebody wants done about one exception.

    `text` is the resolution, the reason for ignoring or the owner; `version` the one it was decided
    on, None when any will do.
    """

    exception_id: UUID
    verb: Literal["resolve", "ignore", "assign", "retry"]
    text: str | None
    version: int | None = None
