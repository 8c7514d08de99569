"""Request bodies: decoded strictly, and every fault told with a pointer to it."""

from typing import Any, Generic, TypeVar

import msgspec

from argosy.kernel.problems import FieldError, Problem, escaped, fault_of

T = TypeVar("T")

_NUL = b"\\u0000"


class BodyDecoder(Generic[T]):
    """Decodes JSON into `kind` strictly; raises Problem 400 (no JSON) or 422 (not a `kind`).

    NUL characters, which no PostgreSQL text can hold, are refused here for every string, even in
    free-form documents.
    """

    def __init__(self, kind: Any) -> None:
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind)

    def decode(self, body: bytes) -> T:
        """Return the decoded body."""
        try:
            decoded = self._decoder.decode(body)
        except msgspec.ValidationError as error:
            raise _invalid(fault_of(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _malformed(body, error) from None
        # A raw NUL is no JSON, so it only comes as an escape; the search is fast and rarely hits.
        if _NUL in body:
            refuse_nul(msgspec.json.decode(body))
        return decoded


def _invalid(fault: FieldError) -> Problem:
    where = f" (at {fault.pointer})" if fault.pointer else ""
    return Problem(422, "request_invalid", "Request invalid", fault.detail + where, [fault])


def _malformed(body: bytes, error: Exception) -> Problem:
    if isinstance(error, RecursionError):
        code, detail = "nested_too_deeply", "The body nests too deeply."
    elif isinstance(error, UnicodeDecodeError):
        code, detail = "invalid_utf8", "The body is not valid UTF-8."
    elif not body:
        code, detail = "body_missing", "The request needs a JSON body."
    else:
        code, detail = "malformed_json", f"The body is not JSON: {error}."
    return Problem(400, code, code.replace("_", " ").capitalize(), detail)


def refuse_nul(value: Any) -> None:
    """Raise 422 with the pointer of the first string in `value` that holds a NUL character."""
    pointer = _find_nul(value)
    if pointer is not None:
        raise _invalid(FieldError(pointer, "nul_character", "Text cannot hold NUL characters."))


def _find_nul(value: Any) -> str | None:
    """Walk `value` without recursion, for it may nest deeply."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        pointer, each = waiting.pop()
        if isinstance(each, str):
            if "\x00" in each:
                return pointer
        elif isinstance(each, dict):
            if any("\x00" in key for key in each):
                return pointer
            waiting += [(f"{pointer}/{escaped(key)}", part) for key, part in each.items()]
        elif isinstance(each, list):
            waiting += [(f"{pointer}/{index}", part) for index, part in enumerate(each)]
    return None
