"""The events that are published, each with the JSON Schema of its body."""

import importlib
import importlib.util
import inspect
import pkgutil
from typing import Any

import msgspec

import argosy
from argosy.http_api.examples import clean
from argosy.http_api.replies import encode
from argosy.kernel.events import published_events


def load_declarations() -> None:
    """Import the `events` room of every context, so that its declarations are known."""
    for context in pkgutil.iter_modules(argosy.__path__):
        if context.ispkg and importlib.util.find_spec(f"argosy.{context.name}.events"):
            importlib.import_module(f"argosy.{context.name}.events")


def event_schemas() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return every event by name: its subject, what it says, and the schema of its body."""
    load_declarations()
    found = {}
    for name, event in published_events().items():
        schema = clean(msgspec.json.schema(event.body))
        plain: dict[str, Any] = msgspec.json.decode(encode(schema))
        body = plain.pop("$ref", None)
        if body is not None:
            plain = {**plain.get("$defs", {}).pop(body.rsplit("/", 1)[1]), **plain}
        said = inspect.cleandoc(event.body.__doc__ or "")
        if said.startswith(f"{event.body.__name__}("):
            said = ""
        found[name] = (event.subject, said, plain)
    return found
