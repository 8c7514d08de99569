"""What a job's run may end in; pure, so that rules can say it."""

from typing import Any

import msgspec


class Done(msgspec.Struct, frozen=True):
    """The job is done; `result` is kept to be read."""

    result: dict[str, Any] | None = None


class Retry(msgspec.Struct, frozen=True):
    """The job is tried again, after `after_seconds` or the kind's backoff."""

    reason: str
    after_seconds: float | None = None


class Dead(msgspec.Struct, frozen=True):
    """The job is given up; a person is asked."""

    reason: str
    result: dict[str, Any] | None = None


JobOutcome = Done | Retry | Dead
