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
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

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
from argosy.kernel.hot import (
    PATH,
    HotHandler,
    HotRequest,
    HotRoute,
    Refuses,
    Services,
    codes_of,
    hot_route,
)
from argosy.kernel.problems import Problem, problem_of, refuse

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


Decorator = Callable[[Callable[..., Awaitable[Any]]], Route]


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
    if not PATH.match(path):
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
            refuses=codes_of(refuses),
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
