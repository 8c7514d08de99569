"""What comes in: bodies within their limit, query and path parameters by their types."""

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec

from argosy.kernel.http import Route
from argosy.kernel.problems import FieldError, Problem, fault_of

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_JSON = re.compile(rb"^\s*application/([a-z0-9.+-]+\+)?json\s*(;.*)?$", re.IGNORECASE)
_VERSION = re.compile(r'^(?:W/)?"([0-9]{1,9})"$')
_KEY = re.compile(rb"^[\x21-\x7e]{1,200}$")
_SANE_ID = re.compile(rb"^[A-Za-z0-9._:-]{1,100}$")
MOST_PARAMETERS = 1000
BODY_SECONDS = 120.0


class Disconnected(Exception):  # noqa: N818
    """The client went away before its request was whole."""


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the value of the header `name` (lower case), or None."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return None


def is_sane_id(value: bytes) -> bool:
    """Return whether a client's request id can be taken over into logs and answers."""
    return _SANE_ID.match(value) is not None


def too_large(limit_bytes: int) -> Problem:
    """Return the problem of a body that passes the limit."""
    detail = f"A request body may have up to {limit_bytes:,} bytes."
    facts = {"limit_bytes": limit_bytes}
    # What was not read is still on its way: the connection cannot be used again.
    return Problem(
        413,
        "body_too_large",
        "Body too large",
        detail,
        facts=facts,
        headers={"Connection": "close"},
    )


def check_length(length: bytes, limit_bytes: int) -> None:
    """Raise Problem 413 for a Content-Length beyond the limit, 400 for one that is no number."""
    if not length.isdigit() or len(length) > 18:
        raise Problem(400, "length_invalid", "Length invalid", "Content-Length is no number.")
    if int(length) > limit_bytes:
        raise too_large(limit_bytes)


def check_media_type(media_type: bytes) -> None:
    """Raise Problem 415 for a body that does not claim to be JSON."""
    if not _JSON.match(media_type):
        raise Problem(
            415,
            "media_type_unsupported",
            "Media type unsupported",
            "Send the body as JSON with `Content-Type: application/json`.",
            headers={"Accept": "application/json"},
        )


async def read_body(receive: Receive, limit_bytes: int) -> bytes:
    """Return the whole body, however it is cut; raises Problem 413 (too long) or 408 (too late)."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read_body(receive, limit_bytes)
    except TimeoutError:
        raise Problem(
            408,
            "body_too_slow",
            "Body too slow",
            f"The body did not come within {BODY_SECONDS:g} seconds; send it in smaller batches.",
            headers={"Connection": "close"},
        ) from None


async def _read_body(receive: Receive, limit_bytes: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] != "http.request":
        raise Disconnected
    if not message.get("more_body"):
        if len(body) > limit_bytes:
            raise too_large(limit_bytes)
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit_bytes:
            raise too_large(limit_bytes)
    return b"".join(parts)


def version_in(scope: Scope) -> int | None:
    """Return the version in If-Match, None without one or for `*`; raises Problem 400."""
    value = header(scope, b"if-match")
    if value is None or value.strip() == b"*":
        return None
    match = _VERSION.match(value.strip().decode("latin-1"))
    if match is None:
        raise _invalid("If-Match", 'If-Match carries the ETag of one version, as in "3".')
    return int(match[1])


def position_in(scope: Scope) -> int | None:
    """Return the position in Last-Event-ID, None without one; raises Problem 400."""
    value = header(scope, b"last-event-id")
    if value is None or not value.strip():
        return None
    if not value.strip().isdigit() or len(value) > 18:
        raise _invalid("Last-Event-ID", "Last-Event-ID carries the position of an event.")
    return int(value)


def key_in(scope: Scope) -> str | None:
    """Return the Idempotency-Key, None without one; raises Problem 400."""
    value = header(scope, b"idempotency-key")
    if value is None:
        return None
    if not _KEY.match(value):
        detail = "An Idempotency-Key has 1 to 200 visible ASCII characters."
        raise _invalid("Idempotency-Key", detail)
    return value.decode()


def _invalid(parameter: str, detail: str) -> Problem:
    fault = FieldError(None, "parameter_invalid", detail, parameter)
    return Problem(400, "parameter_invalid", "Parameter invalid", detail, [fault])


def _is_list(kind: Any) -> bool:
    origin = get_origin(kind)
    if origin in (list, set, frozenset, tuple):
        return True
    return any(_is_list(part) for part in get_args(kind)) if origin is not None else False


class Parameters:
    """Reads the parameters of one route by the annotations of its handler."""

    def __init__(self, route: Route) -> None:
        self._lists = {name for name, (kind, _) in route.query_types.items() if _is_list(kind)}
        self._path_types = route.path_types
        fields = []
        for name, (kind, default) in route.query_types.items():
            required = default is inspect.Parameter.empty
            fields.append((name, kind) if required else (name, kind, default))
        fields.sort(key=len)
        self._query = msgspec.defstruct("Query", fields, forbid_unknown_fields=True)
        self._names = tuple(route.query_types)
        # A limit that does not fit its type is to fail now, not at the first request.
        for kind in (self._query, *self._path_types.values()):
            msgspec.json.Decoder(kind)

    def read(self, query: bytes, path: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of the handler; raises Problem 400."""
        arguments = {
            name: _convert(name, _checked(name, str(path[name])), kind)
            for name, kind in self._path_types.items()
        }
        if not query:
            if not self._names:
                return arguments
            given: dict[str, Any] = {}
        else:
            given = self._split(query)
        try:
            read = msgspec.convert(given, self._query, strict=False)
        except msgspec.ValidationError as error:
            raise _told(error) from None
        for name in self._names:
            arguments[name] = getattr(read, name)
        return arguments

    def _split(self, query: bytes) -> dict[str, Any]:
        try:
            pairs = parse_qsl(
                query.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MOST_PARAMETERS,
            )
        except UnicodeDecodeError:
            raise _invalid("query", "The query is not valid UTF-8.") from None
        except ValueError:
            raise _invalid("query", f"More than {MOST_PARAMETERS} parameters.") from None
        given: dict[str, Any] = {}
        for name, value in pairs:
            _checked(name, value)
            if name in self._lists:
                given.setdefault(name, []).append(value)
            elif name in given:
                raise _invalid(name, f"The parameter {name} is given twice.")
            else:
                given[name] = value
        return given


def _checked(name: str, value: str) -> str:
    if "\x00" in value or "\x00" in name:
        raise _invalid(name.replace("\x00", ""), "Parameters cannot hold NUL characters.")
    return value


def _convert(name: str, value: str, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(name, f"{name}: {error}.") from None


def _told(error: msgspec.ValidationError) -> Problem:
    fault = fault_of(error)
    name = (fault.pointer or "").split("/")[1] if fault.pointer else "query"
    code = "parameter_unknown" if fault.code == "unknown_field" else "parameter_invalid"
    detail = fault.detail.replace("Object contains unknown field", "There is no parameter")
    detail = detail.replace("Object missing required field", "Missing is the parameter")
    told = FieldError(None, code, f"{name}: {detail}", name)
    return Problem(400, code, code.replace("_", " ").capitalize(), told.detail, [told])
