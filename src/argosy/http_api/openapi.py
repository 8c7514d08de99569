"""The OpenAPI 3.1 document: made from the routes, complete with examples."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args, get_origin

import msgspec

from argosy import __version__
from argosy.http_api.examples import Examples, clean
from argosy.http_api.replies import encode
from argosy.kernel.http import AUTHENTICATED, PUBLIC, Answer, HotRoute, Route
from argosy.kernel.problems import ProblemDetails, title_of

TEMPLATE = "#/components/schemas/{name}"
PROBLEM = "application/problem+json"
INTRODUCTION = """
The API of Argosy: it serves the console, partners, the command line and agents alike.

- JSON in snake case; times are RFC 3339; money is an integer of minor units (`*_minor`) with its
  `currency`.
- Send `Authorization: Bearer argosy_…`. Every operation names its permission.
- What is refused answers problem details (RFC 9457): `code` is for programs, `detail` for people,
  `errors[].pointer` leads to the fault in the body.
- `Idempotency-Key` on a POST: the same request again gets the first answer again.
- Lists come in pages: ask on with `after` = `next_after`.
- `ETag` is the version; `If-Match` refuses to change another one.
""".strip()
_TAGS = {
    "orders": "Orders as channels place them, and what became of them.",
    "inventory": "Stock, availability, promises, reservations and transfers.",
    "fulfillment": "The work of locations: pick, pack, ship, hand over.",
    "routing": "Where orders are sent to, and why.",
    "payments": "Authorizations, captures, refunds and invoices.",
    "catalogue": "SKUs, kits, channels, locations and delivery methods.",
    "customers": "To whom it is sold.",
    "prices": "Price lists and promotion codes.",
    "webhooks": "Deliveries of events to others.",
    "exceptions": "What needs a person.",
    "events": "The event log.",
    "jobs": "Background work.",
    "identity": "Keys, roles, permissions and the audit log.",
    "system": "The server itself.",
}
_PROBLEMS = {
    400: "The request cannot be read.",
    401: "The key is missing, unknown, ended or revoked.",
    403: "The key may not do this.",
    404: "There is no such thing.",
    409: "It is refused in the present state of things; `code` says why.",
    412: "It is at another version than `If-Match` says.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The body is not what is asked for; `errors` lead to the faults.",
    429: "The key asks too often; `Retry-After` says when to come again.",
    500: "A fault of the server.",
    503: "The server cannot answer now; `Retry-After` says when to come again.",
}


def body_of(returns: Any) -> Any:
    """Return the type of the body that a handler returns; None for raw bytes or nothing."""
    if get_origin(returns) is Answer:
        returns = get_args(returns)[0]
    return None if returns in (bytes, None, type(None), Answer, Any) else returns


class _Schemas:
    """Schemas by type, and the components that they refer to."""

    def __init__(self, types: Iterable[Any]) -> None:
        self._types = [*types, ProblemDetails]
        made, components = msgspec.json.schema_components(self._types, ref_template=TEMPLATE)
        structs = list(_structs(self._types))
        refs, _ = msgspec.json.schema_components(structs, ref_template=TEMPLATE)
        self.components: dict[str, dict[str, Any]] = clean(dict(components))
        for struct, ref in zip(structs, refs, strict=True):
            # An example of a base class lacks what the class adds.
            examples = vars(get_origin(struct) or struct).get("__examples__", ())
            name = ref.get("$ref", "").rsplit("/", 1)[-1]
            if examples and name in self.components:
                self.components[name]["examples"] = msgspec.to_builtins(list(examples))
        self._made = {repr(kind): clean(dict(made[i])) for i, kind in enumerate(self._types)}

    def of(self, kind: Any) -> dict[str, Any]:
        """Return the schema of a type of the document."""
        return dict(self._made[repr(kind)])


def _structs(types: Iterable[Any]) -> Iterable[Any]:
    """Give every struct that the types are made of, once."""
    seen: set[str] = set()
    waiting = list(types)
    while waiting:
        kind = waiting.pop()
        if repr(kind) in seen:
            continue
        seen.add(repr(kind))
        origin = get_origin(kind) or kind
        if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
            if getattr(origin, "__parameters__", ()) and origin is kind:
                continue
            yield kind
            waiting += [field.type for field in msgspec.structs.fields(kind)]
        waiting += [each for each in get_args(kind) if not isinstance(each, str | int)]


def _types_of(route: Route | HotRoute) -> list[Any]:
    if isinstance(route, HotRoute):
        kinds = [route.request_type, route.response_type]
    else:
        kinds = [
            route.body_type,
            body_of(route.returns),
            *route.path_types.values(),
            *(kind for kind, _ in route.query_types.values()),
        ]
    return [kind for kind in kinds if kind is not None]


def build_document(routes: Sequence[Route | HotRoute]) -> dict[str, Any]:
    """Return the document of these routes as plain values."""
    schemas = _Schemas(kind for route in routes for kind in _types_of(route))
    examples = Examples(schemas.components)
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(routes, key=lambda each: (each.path, each.method)):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(
            route, schemas, examples
        )
    used = {tag for route in routes for tag in route.tags}
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Argosy",
            "version": __version__,
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": tag, "description": _TAGS.get(tag, title_of(tag) + ".")}
            for tag in sorted(used, key=lambda each: ([*_TAGS, each].index(each), each))
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "api_key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key: `argosy_<prefix>_<secret>`.",
                }
            },
            "responses": {f"Problem{status}": _problem(text) for status, text in _PROBLEMS.items()},
            "schemas": dict(sorted(schemas.components.items())),
        },
    }
    # What is not yet plain JSON (times, decimals, ids in defaults) becomes what is sent.
    plain: dict[str, Any] = msgspec.json.decode(encode(document))
    return plain


def _problem(text: str) -> dict[str, Any]:
    return {
        "description": text,
        "content": {PROBLEM: {"schema": {"$ref": TEMPLATE.format(name="ProblemDetails")}}},
    }


def _operation(route: Route | HotRoute, schemas: _Schemas, examples: Examples) -> dict[str, Any]:
    body_type = route.request_type if isinstance(route, HotRoute) else route.body_type
    description = route.description
    if route.refuses:
        codes = ", ".join(f"`{code}`" for code in sorted(set(route.refuses)))
        description += f"\n\nRefuses with {codes}."
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": description.strip(),
        "tags": list(route.tags),
        "security": [] if route.permission == PUBLIC else [{"api_key": []}],
        "x-permission": route.permission,
        "x-refuses": sorted(set(route.refuses)),
        "parameters": _parameters(route, schemas, examples),
        "responses": _responses(route, schemas, examples),
    }
    if body_type is not None:
        schema = schemas.of(body_type)
        example = examples.of(schema, whole=False)
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": example}},
        }
    return operation


def _parameters(
    route: Route | HotRoute, schemas: _Schemas, examples: Examples
) -> list[dict[str, Any]]:
    if isinstance(route, HotRoute):
        return [_header("Idempotency-Key", _KEY)] if route.method == "POST" else []
    found: list[dict[str, Any]] = []
    for name, kind in route.path_types.items():
        schema = schemas.of(kind)
        found.append(
            {
                "name": name,
                "in": "path",
                "required": True,
                "schema": schema,
                "example": examples.of(schema, whole=False, name=name),
            }
        )
    for name, (kind, default) in route.query_types.items():
        schema = schemas.of(kind)
        required = default is inspect.Parameter.empty
        if not required and default is not None:
            schema["default"] = default
        parameter = {"name": name, "in": "query", "required": required, "schema": schema}
        description = schema.pop("description", None)
        if description:
            parameter["description"] = description
        found.append(parameter)
    if route.keyed:
        found.append(_header("Idempotency-Key", _KEY))
    if "if_match" in route.given:
        found.append(_header("If-Match", _VERSION))
    if "last_event_id" in route.given:
        found.append(_header("Last-Event-ID", _LAST))
    return found


_KEY = (
    "Any text of your own: the same request again under it gets the first answer again.",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
)
_VERSION = (
    "The ETag of the version that is to be changed.",
    {"type": "string", "pattern": '^(W/)?"[0-9]{1,9}"$'},
)
_LAST = (
    "The position after which to go on.",
    {"type": "string", "pattern": "^[0-9]{1,18}$"},
)


def _header(name: str, said: tuple[str, Mapping[str, Any]]) -> dict[str, Any]:
    text, schema = said
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": text,
        "schema": dict(schema),
    }


def _responses(route: Route | HotRoute, schemas: _Schemas, examples: Examples) -> dict[str, Any]:
    done = _done(route, schemas, examples)
    found: dict[str, Any] = {str(route.status_code): done}
    if isinstance(route, HotRoute):
        if route.status_code != 200:
            found["200"] = {**done, "description": "It stood already; nothing was changed."}
    elif body_of(route.returns) is None and route.returns in (None, type(None)):
        found = {"204": {"description": "Done."}}
    if route.path == "/readyz":
        found["503"] = {**done, "description": "Not ready; `checks` say why."}
    for status in _statuses(route):
        found.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
    return dict(sorted(found.items()))


def _statuses(route: Route | HotRoute) -> list[int]:
    hot = isinstance(route, HotRoute)
    has_body = hot or (isinstance(route, Route) and route.body_type is not None)
    statuses = [400, 429, 500, 503]
    if route.permission != PUBLIC or route.method != "GET":
        statuses.append(401)  # A public door that changes something asks for a signature.
    if route.permission not in (PUBLIC, AUTHENTICATED):
        statuses.append(403)
    if has_body:
        statuses += [413, 415, 422]
    if route.refuses or route.method != "GET":
        statuses += [404, 409, 422]
    if isinstance(route, Route) and route.path_types:
        statuses.append(404)
    versioned = isinstance(route, Route) and "if_match" in route.given
    if versioned or route.method in {"PUT", "PATCH"}:
        statuses.append(412)
    return statuses


def _done(route: Route | HotRoute, schemas: _Schemas, examples: Examples) -> dict[str, Any]:
    said: dict[str, Any] = {"description": "Done." if route.method != "GET" else "Found."}
    if isinstance(route, Route) and body_of(route.returns) is None:
        if route.returns in (None, type(None)):
            return said
        text = {"type": "string"}
        binary = not route.media_type.startswith("text/")
        said["content"] = {route.media_type: {"schema": {} if binary else text}}
        return said
    kind = route.response_type if isinstance(route, HotRoute) else body_of(route.returns)
    media = "application/json" if isinstance(route, HotRoute) else route.media_type
    schema = schemas.of(kind)
    said["content"] = {media: {"schema": schema, "example": examples.of(schema, whole=True)}}
    return said
