"""Every route there is, in one table: those of the contexts, and the application's own."""

import importlib
from collections.abc import Iterator
from importlib.util import find_spec

from argosy.http_api.routes import docs, events, jobs, system
from argosy.kernel.http import HotRoute, Route

CONTEXTS = (
    "identity",
    "catalogue",
    "customers",
    "inventory",
    "payments",
    "promotions",
    "orders",
    "fulfillment",
    "webhooks",
    "exceptions",
)


def _of_context(name: str) -> Iterator[Route | HotRoute]:
    if find_spec(f"argosy.{name}") is None or find_spec(f"argosy.{name}.http") is None:
        return
    room = importlib.import_module(f"argosy.{name}.http")
    yield from getattr(room, "ROUTES", ()) or room.routes


def every_route() -> tuple[Route | HotRoute, ...]:
    """Return every route of the house, by context."""
    found: list[Route | HotRoute] = [*system.ROUTES, *docs.ROUTES, *events.ROUTES, *jobs.ROUTES]
    for name in CONTEXTS:
        found += _of_context(name)
    return tuple(found)
