"""How a context describes its routes: plain async functions with a method, a path, a permission.

Nothing here knows a web framework; `argosy.http_api` binds the routes to one. A handler names what
it needs as parameters:

- `db`, `clock`, `actor`, `access`, `services`, and what the headers say in `if_match` and
  `last_event_id`: given by the application (`GIVEN`);
- `data`: the body, decoded strictly into the struct it is annotated with;
- a name that stands in the path: that part of the path;
- anything else: a query parameter, by its annotation and default.

It returns a struct (answered as JSON with the route's status), None, or an `Answer`.
"""

import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from argosy.kernel.answers import (
    MOST_ITEMS,
    After,
    Answer,
    Batch,
    BatchOutcome,
    Limit,
    Moment,
    Outcomes,
    Page,
    ProblemNote,
    check_version,
    decode_cursor,
    encode_cursor,
    not_found,
    note_of,
    page_of,
)
from argosy.kernel.bodies import BodyDecoder
from argosy.kernel.clock import Clock
from argosy.kernel.coalescer import Coalescer
from argosy.kernel.database import Database
from argosy.kernel.problems import Problem, problem_of, refuse
from argosy.kernel.settings import Settings

__all__ = [
    "AUTHENTICATED",
    "GIVEN",
    "MOST_ITEMS",
    "PUBLIC",
    "After",
    "Answer",
    "Batch",
    "BatchOutcome",
    "BodyDecoder",
    "HotHandler",
    "HotRequest",
    "HotRoute",
    "Limit",
    "Moment",
    "Outcomes",
    "Page",
    "Problem",
    "ProblemNote",
    "Route",
    "Services",
    "check_version",
    "decode_cursor",
    "delete",
    "encode_cursor",
    "get",
    "hot_route",
    "not_found",
    "note_of",
    "page_of",
    "patch",
    "post",
    "problem_of",
    "put",
    "refuse",
]

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

PUBLIC = "public"  # The permission of the few routes that need no key.
AUTHENTICATED = "authenticated"  # Of the few that any key opens.
GIVEN = frozenset({"db", "clock", "actor", "access", "services", "if_match", "last_event_id"})

_IN_PATH = re.compile(r"\{([a-z_]+)\}")
_PATH = re.compile(r"^(/|(/([a-z0-9_.-]+|\{[a-z_]+\}))+)$")


class Services(Protocol):
    """What an application gives its hot routes when they open."""

    @property
    def db(self) -> Database:
        """The database."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings of this installation."""
        ...

    def coalescer(
        self,
        name: str,
        run_batch: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]],
        *,
        max_batch: int = 200,
    ) -> Coalescer[Item, Outcome]:
        """Return a coalescer that is measured under `name` and drained at shutdown."""
        ...


class HotRequest:
    """A request to a hot route: whole body, who asks, and the headers as they came."""

    __slots__ = ("access", "actor", "body", "headers", "request_id")

    def __init__(
        self,
        body: bytes,
        actor: Any,
        access: Any,
        headers: list[tuple[bytes, bytes]],
        request_id: str,
    ) -> None:
        self.body = body
        self.actor = actor
        self.access = access
        self.headers = headers
        self.request_id = request_id

    def header(self, name: bytes) -> str | None:
        """Return the value of the header `name` (lower case), or None."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None


HotHandler = Callable[[HotRequest], Awaitable[tuple[int, bytes]]]


@dataclass(frozen=True, slots=True)
class HotRoute:
    """A route that is answered before any framework: an exact path, raw bytes in and out."""

    method: str
    path: str
    permission: str
    request_type: Any
    response_type: Any
    summary: str
    open: Callable[[Services], HotHandler]
    status_code: int = 200
    scoped: bool = False
    tags: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    description: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A route: a handler and everything the outside must know about it."""

    method: str
    path: str
    permission: str
    summary: str
    handler: Callable[..., Awaitable[Any]]
    status_code: int
    tags: tuple[str, ...]
    refuses: tuple[str, ...]
    keyed: bool
    scoped: bool
    media_type: str
    body_type: Any
    returns: Any
    path_types: Mapping[str, Any]
    query_types: Mapping[str, tuple[Any, Any]]
    given: frozenset[str]
    description: str = ""

    @property
    def name(self) -> str:
        """Return the operation's name: that of its function."""
        return self.handler.__name__

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the handler as the function it is."""
        return await self.handler(*args, **kwargs)


Refuses = Iterable[StrEnum | str | type[StrEnum]]
Decorator = Callable[[Callable[..., Awaitable[Any]]], Route]


def _codes(refuses: Refuses) -> tuple[str, ...]:
    codes: list[str] = []
    for each in refuses:
        codes += [str(m) for m in each] if isinstance(each, type) else [str(each)]
    return tuple(codes)


def _route(
    method: str,
    path: str,
    permission: str,
    summary: str,
    *,
    tags: Iterable[str],
    status_code: int,
    refuses: Refuses,
    keyed: bool,
    scoped: bool,
    media_type: str,
) -> Decorator:
    if not _PATH.match(path):
        raise ValueError(f"not a path of the API: {path}")
    if not permission:
        raise ValueError(f"{method} {path} names no permission")

    def describe(handler: Callable[..., Awaitable[Any]]) -> Route:
        if not inspect.iscoroutinefunction(handler):
            raise TypeError(f"the handler of {method} {path} is not an async function")
        hints = typing.get_type_hints(handler, include_extras=True)
        names = inspect.signature(handler).parameters
        missing = [name for name in names if name not in hints]
        in_path = _IN_PATH.findall(path)
        missing += [name for name in in_path if name not in names]
        if missing:
            raise TypeError(f"{handler.__qualname__} lacks parameters or annotations: {missing}")
        query = {
            name: (hints[name], parameter.default)
            for name, parameter in names.items()
            if name not in GIVEN and name != "data" and name not in in_path
        }
        return Route(
            method=method,
            path=path,
            permission=permission,
            summary=summary,
            handler=handler,
            status_code=status_code,
            tags=tuple(tags) or (permission.partition(":")[0],),
            refuses=_codes(refuses),
            keyed=keyed,
            scoped=scoped or "access" in names,
            media_type=media_type,
            body_type=hints.get("data"),
            returns=hints.get("return"),
            path_types={name: hints[name] for name in in_path},
            query_types=query,
            given=frozenset(GIVEN & names.keys()),
            description=inspect.cleandoc(handler.__doc__ or ""),
        )

    return describe


def get(
    path: str,
    *,
    permission: str,
    summary: str,
    tags: Iterable[str] = (),
    status_code: int = 200,
    refuses: Refuses = (),
    scoped: bool = False,
    media_type: str = "application/json",
) -> Decorator:
    """Declare a route that reads.

    Keys that are limited to channels or locations are let in only where the handler takes `access`
    and so heeds the limits, or where `scoped=True` says that there is nothing to limit.
    """
    return _route(
        "GET",
        path,
        permission,
        summary,
        tags=tags,
        status_code=status_code,
        refuses=refuses,
        keyed=False,
        scoped=scoped,
        media_type=media_type,
    )


def post(
    path: str,
    *,
    permission: str,
    summary: str,
    tags: Iterable[str] = (),
    status_code: int = 200,
    refuses: Refuses = (),
    keyed: bool = True,
    scoped: bool = False,
    media_type: str = "application/json",
) -> Decorator:
    """Declare a route that changes something.

    `keyed` routes keep their answer under the request's Idempotency-Key. A route that is idempotent
    by nature, or changes nothing (a preview, a question), says `keyed=False`.
    """
    return _route(
        "POST",
        path,
        permission,
        summary,
        tags=tags,
        status_code=status_code,
        refuses=refuses,
        keyed=keyed,
        scoped=scoped,
        media_type=media_type,
    )


def _changing(method: str) -> Callable[..., Decorator]:
    def declare(
        path: str,
        *,
        permission: str,
        summary: str,
        tags: Iterable[str] = (),
        status_code: int = 200,
        refuses: Refuses = (),
        scoped: bool = False,
    ) -> Decorator:
        return _route(
            method,
            path,
            permission,
            summary,
            tags=tags,
            status_code=status_code,
            refuses=refuses,
            keyed=False,
            scoped=scoped,
            media_type="application/json",
        )

    declare.__name__ = method.lower()
    declare.__doc__ = f"Declare a {method} route; {method} is idempotent by itself."
    return declare


put = _changing("PUT")
patch = _changing("PATCH")
delete = _changing("DELETE")


def hot_route(
    method: str,
    path: str,
    *,
    permission: str,
    request_type: Any,
    response_type: Any,
    summary: str,
    tags: Iterable[str] = (),
    status_code: int = 200,
    refuses: Refuses = (),
    scoped: bool = False,
) -> Callable[[Callable[[Services], HotHandler]], HotRoute]:
    """Declare a hot route on the function that makes its handler from the services.

    The handler gets the raw body and returns (status, JSON bytes); it decodes by itself, best with
    a `BodyDecoder`, and may raise Problem. It is natively idempotent or changes nothing: hot routes
    keep no answers under an Idempotency-Key.
    """
    if not _PATH.match(path) or "{" in path:
        raise ValueError(f"a hot route has an exact path: {path}")
    if not permission:
        raise ValueError(f"{method} {path} names no permission")

    def describe(opener: Callable[[Services], HotHandler]) -> HotRoute:
        return HotRoute(
            method=method.upper(),
            path=path,
            permission=permission,
            request_type=request_type,
            response_type=response_type,
            summary=summary,
            open=opener,
            status_code=status_code,
            scoped=scoped,
            tags=tuple(tags) or (permission.partition(":")[0],),
            refuses=_codes(refuses),
            description=inspect.cleandoc(opener.__doc__ or ""),
            name=opener.__name__,
        )

    return describe
