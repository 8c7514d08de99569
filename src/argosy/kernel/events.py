"""The catalogue of events: which names exist and what their bodies hold.

A context declares its events in its `events.py`; the rows are written by the SQL of the change
itself. The declaration serves the reference pages, the JSON Schemas and whoever reads the log.
"""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

_NAME = re.compile(r"^[a-z_]+\.[a-z_]+\.v[0-9]+$")
_published: dict[str, "Published"] = {}

B = TypeVar("B", bound=type)


class Published(msgspec.Struct, frozen=True):
    """One event name: what it is about and the type of its body."""

    name: str
    subject: str
    body: type


def publishes(name: str, *, subject: str) -> Callable[[B], B]:
    """Declare that `name` (past tense, versioned) is published with the decorated struct as body.

    Raises ValueError for a name that is not `noun.past_tense.vN` or is declared twice.
    """
    if not _NAME.match(name):
        raise ValueError(f"not an event name: {name}")

    def declare(body: B) -> B:
        known = _published.get(name)
        if known is not None and known.body.__qualname__ != body.__qualname__:
            raise ValueError(f"{name} is declared twice")
        _published[name] = Published(name, subject, body)
        return body

    return declare


def published_events() -> dict[str, Published]:
    """Return every declared event by name, sorted; only of contexts that are imported."""
    return dict(sorted(_published.items()))
