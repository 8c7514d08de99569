"""How a context describes its hot routes: raw bytes in and out, before any router."""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from argosy.kernel.clock import Clock
from argosy.kernel.coalescer import Coalescer
from argosy.kernel.database import Database
from argosy.kernel.settings import Settings

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

PATH = re.compile(r"^(/|(/([a-z0-9_.-]+|\{[a-z_]+\}))+)$")
Refuses = Iterable[StrEnum | str | type[StrEnum]]


def codes_of(refuses: Refuses) -> tuple[str, ...]:
    """Return the codes of refusals: members, names, or whole enumerations."""
    codes: list[str] = []
    for each in refuses:
        codes += [str(m) for m in each] if isinstance(each, type) else [str(each)]
    return tuple(codes)


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
    if not PATH.match(path) or "{" in path:
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
            refuses=codes_of(refuses),
            description=inspect.cleandoc(opener.__doc__ or ""),
            name=opener.__name__,
        )

    return describe
