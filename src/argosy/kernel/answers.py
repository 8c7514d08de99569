"""What answers are made of: pages, batches, versions, and whatever says more than its body."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, NoReturn, TypeVar

import msgspec
from msgspec import Meta, Struct

from argosy.kernel.problems import FieldError, Problem, title_of
from argosy.kernel.refusals import Refused

T = TypeVar("T")

MOST_ITEMS = 2000

Moment = Annotated[datetime, Meta(tz=True, description="A time with its zone (RFC 3339).")]
After = (
    Annotated[
        str,
        Meta(
            description="`next_after` of the page before; none for the first page.", max_length=500
        ),
    ]
    | None
)
Limit = Annotated[int, Meta(description="Most items of the page.", ge=1, le=500)]


class Page(Struct, Generic[T]):
    """One page of a list; `next_after` leads to the next one, null on the last."""

    items: list[T]
    next_after: str | None = None


class Batch(Struct, Generic[T], forbid_unknown_fields=True):
    """Many of the same, each done or refused by itself."""

    items: Annotated[list[T], Meta(min_length=1, max_length=MOST_ITEMS)]


class ProblemNote(Struct, frozen=True, omit_defaults=True):
    """Why one item of a batch was refused; `pointer` starts at the item."""

    code: str
    detail: str
    pointer: str | None = None
    facts: dict[str, Any] = {}


class BatchOutcome(Struct, kw_only=True, omit_defaults=True):
    """What became of one item of a batch; contexts add what a done item gives."""

    index: int
    status: Literal["done", "refused"]
    problem: ProblemNote | None = None


class Outcomes(Struct, Generic[T]):
    """One outcome for each item of a batch, in its order."""

    outcomes: list[T]


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """An answer that says more than its body.

    `body` is a struct (becomes JSON), bytes (sent as they are) or an asynchronous iterator of bytes
    (streamed). `version` becomes the ETag. A handler says what it holds: `-> Answer[OrderDetail]`.
    """

    body: T
    status: int | None = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    version: int | None = None


def note_of(refused: Refused) -> ProblemNote:
    """Return what the outcome of a refused batch item says."""
    return ProblemNote(refused.code.value, refused.detail, refused.pointer, refused.facts)


def check_version(if_match: int | None, version: int) -> None:
    """Raise 412 when the request was made for another version than the present one."""
    if if_match is not None and if_match != version:
        raise Problem(
            412,
            "version_mismatch",
            "Version mismatch",
            f"It is at version {version} now, not {if_match}: read it again and decide anew.",
            facts={"version": version},
        )


def not_found(what: str) -> NoReturn:
    """Raise 404 for `what`, as in "order"."""
    code = f"{what.replace(' ', '_')}_not_found"
    raise Problem(404, code, title_of(code), f"There is no such {what}.")


def page_of(rows: Sequence[T], limit: int, key: Callable[[T], object]) -> Page[T]:
    """Return the page of `rows`, which were read up to `limit` + 1.

    `key` gives the sort key of a row, or a tuple of them, for the cursor.
    """
    if len(rows) <= limit:
        return Page(list(rows))
    last = key(rows[limit - 1])
    return Page(list(rows[:limit]), encode_cursor(*(last if isinstance(last, tuple) else (last,))))


def encode_cursor(*values: object) -> str:
    """Return where a page ended as text for `next_after`: the sort key of its last item."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def decode_cursor(after: str, kind: type[T]) -> T:
    """Return the sort key in `after` as a `kind` (a tuple type); raises 400 for a foreign text."""
    try:
        text = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True)
        key = None if b"\\u0000" in text else msgspec.json.decode(text, type=kind)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        key = None
    if key is None:
        detail = "`after` is not the `next_after` of a page of this list."
        fault = FieldError(None, "cursor_invalid", detail, "after")
        raise Problem(400, "cursor_invalid", "Cursor invalid", detail, [fault])
    return key
