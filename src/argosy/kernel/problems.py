"""Problem details (RFC 9457): the one shape in which the HTTP API says no."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import msgspec
from msgspec import Struct

from argosy.kernel.refusals import Refused

MEDIA_TYPE = b"application/problem+json"


class FieldError(Struct, frozen=True, omit_defaults=True):
    """One fault: where (`pointer` into the body, or the query or header `parameter`) and what."""

    pointer: str | None
    code: str
    detail: str
    parameter: str | None = None


class ProblemDetails(Struct, frozen=True, omit_defaults=True):
    """A refused or failed request: `code` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    facts: Mapping[str, Any] = {}
    request_id: str | None = None

    __examples__ = (
        {
            "type": "/docs/problems#out_of_stock",
            "title": "Out of stock",
            "status": 409,
            "code": "out_of_stock",
            "detail": "Only 2 of 85123A are left.",
            "errors": [
                {
                    "pointer": "/lines/0/quantity",
                    "code": "out_of_stock",
                    "detail": "Only 2 of 85123A are left.",
                }
            ],
            "request_id": "5f2c1a-1",
        },
    )


class Problem(Exception):  # noqa: N818  (it is an answer, not a failure)
    """Ends a request with problem details; raised in HTTP rooms only."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        errors: Sequence[FieldError] = (),
        *,
        facts: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
        self.facts = facts or {}
        self.headers = headers or {}

    def encode(self, request_id: str | None = None) -> bytes:
        """Return the problem as JSON."""
        return msgspec.json.encode(
            ProblemDetails(
                type=f"/docs/problems#{self.code}",
                title=self.title,
                status=self.status,
                code=self.code,
                detail=self.detail,
                errors=self.errors,
                facts=self.facts,
                request_id=request_id,
            )
        )


def title_of(code: str) -> str:
    """Return the title of a code: `out_of_stock` is "Out of stock"."""
    return code.replace("_", " ").capitalize()


def problem_of(refused: Refused | Sequence[Refused], *, status: int = 409) -> Problem:
    """Return the problem that tells of one refusal, or of several (the first gives the code)."""
    every = [refused] if isinstance(refused, Refused) else list(refused)
    first = every[0]
    errors = [
        FieldError(each.pointer, each.code.value, each.detail)
        for each in every
        if each.pointer is not None or len(every) > 1
    ]
    code = first.code.value
    return Problem(status, code, title_of(code), first.detail, errors, facts=first.facts)


def refuse(refused: Refused | Sequence[Refused], *, status: int = 409) -> NoReturn:
    """Raise the problem that tells of `refused`."""
    raise problem_of(refused, status=status)


_AT = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`(?P<path>\$[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>[0-9]+|\.\.\.)\]")
_FIELD = re.compile(r"(?:unknown|required) field `(?P<name>[^`]*)`")


def escaped(name: str) -> str:
    """Return `name` as one step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def pointer_of(path: str) -> str:
    """Return the JSON pointer of a msgspec path: `$.lines[2].sku` is `/lines/2/sku`.

    A path through a value of a mapping (`[...]`) ends at the mapping, for msgspec has no key.
    """
    pointer = ""
    for step in _STEP.finditer(path):
        if step["index"] == "...":
            break
        pointer += "/" + escaped(step["name"] if step["name"] is not None else step["index"])
    return pointer


def fault_of(error: msgspec.ValidationError) -> FieldError:
    """Return what a validation error of msgspec says, with the pointer to the fault."""
    match = _AT.match(str(error))
    assert match is not None, "the pattern matches every text"
    what, pointer = match["what"], pointer_of(match["path"] or "$")
    named = _FIELD.search(what)
    if named is not None:
        pointer += "/" + escaped(named["name"])
        code = "unknown_field" if "unknown field" in what else "required"
    elif ", got `" in what:
        code = "wrong_type"
    else:
        code = "invalid_value"
    return FieldError(pointer, code, what + ("" if what.endswith(".") else "."))
