"""The API's documentation as plain pages: no script, no foreign address, one style sheet."""

import html
import json
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

from argosy import __version__
from argosy.http_api.codes import GENERAL, refusals
from argosy.kernel.problems import title_of

METHODS = ("get", "post", "put", "patch", "delete")
_CODE = re.compile(r"`([^`]+)`")


def style() -> bytes:
    """Return the style sheet."""
    return resources.files(__package__).joinpath("assets", "style.css").read_bytes()


def page(title: str, body: str) -> bytes:
    """Return a whole page."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{_text(title)} · '
        'Argosy</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/docs/style.css"></head><body><header><strong>Argosy'
        '</strong><a href="/docs">API</a><a href="/docs/events">Events</a>'
        '<a href="/docs/problems">Problems</a><a href="/openapi.json">openapi.json</a></header>'
        f'<main>{body}</main><footer class="quiet">Argosy {__version__}</footer></body></html>\n'
    ).encode()


def landing() -> bytes:
    """Return the page at `/`."""
    return page(
        "Order management",
        "<h1>Argosy runs here</h1><p>Orders, stock, money and parcels, kept exact.</p><ul>"
        '<li><a href="/docs">API documentation</a>, also as <a href="/openapi.json">OpenAPI 3.1'
        '</a></li><li><a href="/docs/events">Events that it publishes</a></li>'
        '<li><a href="/docs/problems">Problems and refusals</a></li>'
        '<li><a href="/readyz">Readiness</a> and <a href="/healthz">health</a></li></ul>'
        "<p>Every call but these needs a key: <code>argosy key create NAME</code> makes one.</p>"
        "<pre>curl -H 'Authorization: Bearer argosy_…' http://…/v1/self</pre>",
    )


def index(document: Mapping[str, Any]) -> bytes:
    """Return the list of all operations."""
    parts = ["<h1>API</h1>", _prose(document["info"]["description"])]
    for tag in document["tags"]:
        name = tag["name"]
        parts.append(f'<h2 id="{name}"><a href="{href(name)}">{_text(title_of(name))}</a></h2>')
        parts.append(f"<p>{_text(tag['description'])}</p><table>")
        parts += [
            f'<tr><td class="path"><span class="method">{method.upper()}</span>'
            f'<a href="{href(name)}#{operation["operationId"]}">{_text(path)}</a></td>'
            f"<td>{_text(operation['summary'])}</td></tr>"
            for path, method, operation in operations(document, name)
        ]
        parts.append("</table>")
    return page("API", "".join(parts))


def href(tag: str) -> str:
    """Return where the page of a tag is; /docs/events is that of the events themselves."""
    return "/docs/events-api" if tag == "events" else f"/docs/{tag}"


def operations(
    document: Mapping[str, Any], tag: str | None = None
) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    """Give path, method and operation of a tag, or all, in the document's order."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            operation = methods.get(method)
            if operation is not None and (tag is None or operation["tags"][0] == tag):
                yield path, method, operation


def tag_page(document: Mapping[str, Any], tag: str) -> bytes | None:
    """Return the operations of one tag in full, None when there is no such tag."""
    known = {each["name"]: each["description"] for each in document["tags"]}
    if tag not in known:
        return None
    parts = [f"<h1>{_text(title_of(tag))}</h1><p>{_text(known[tag])}</p>"]
    parts += [_operation(document, *each) for each in operations(document, tag)]
    return page(title_of(tag), "".join(parts))


def _operation(
    document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]
) -> str:
    name = operation["operationId"]
    parts = [
        (
            f'<section class="operation" id="{name}"><h2>{_text(operation["summary"])}</h2>'
            f'<p class="path"><span class="method">{method.upper()}</span>{_text(path)}</p>'
            f'<p class="quiet">Permission <code>{_text(operation["x-permission"])}</code></p>'
        ),
        _prose(operation["description"]),
    ]
    if operation["parameters"]:
        parts.append("<h3>Parameters</h3><div class=wide><table>")
        parts += [
            f"<tr><td><code>{_text(each['name'])}</code></td><td>{each['in']}"
            f"{', required' if each['required'] else ''}</td>"
            f"<td>{_text(kind_of(each['schema']))}</td>"
            f"<td>{_inline(each.get('description', ''))}</td></tr>"
            for each in operation["parameters"]
        ]
        parts.append("</table></div>")
    for content in operation.get("requestBody", {}).get("content", {}).values():
        parts.append("<h3>Body</h3>" + _fields(document, content["schema"]))
        parts.append(_example(content))
    for status, response in operation["responses"].items():
        for media_type, content in response.get("content", {}).items():
            parts.append(
                f"<h3>{status} · {_text(response['description'])} {_text(media_type)}</h3>"
            )
            parts.append(_fields(document, content["schema"]) + _example(content))
    problems = sorted(code for code, each in operation["responses"].items() if "$ref" in each)
    parts.append(f'<p class="quiet">Problems: {", ".join(problems)}</p></section>')
    return "".join(parts)


def _example(content: Mapping[str, Any]) -> str:
    if "example" not in content:
        return ""
    return f"<pre>{_text(json.dumps(content['example'], indent=2, ensure_ascii=False))}</pre>"


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> str:
    """Return the fields of an object as a table, those of its parts folded below it."""
    found = _resolved(document, schema)
    if not found.get("properties"):
        return ""
    required = found.get("required", ())
    rows, inner = [], []
    for field, each in found["properties"].items():
        rows.append(
            f"<tr><td><code>{_text(field)}</code></td><td>{_text(kind_of(each))}"
            f"{'' if field in required else ', may be left out'}</td>"
            f"<td>{_inline(each.get('description', ''))}</td></tr>"
        )
        part = _part(each)
        if part is not None and depth < 3:
            table = _fields(document, part, depth + 1)
            if table:
                inner.append(f"<details><summary>{_text(field)}</summary>{table}</details>")
    said = f"<p>{_inline(found['description'])}</p>" if found.get("description") else ""
    return f"{said}<div class=wide><table>{''.join(rows)}</table></div>{''.join(inner)}"


def _part(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if "$ref" in schema:
        return schema
    for each in schema.get("anyOf", ()):
        found = _part(each)
        if found is not None:
            return found
    items = schema.get("items")
    return _part(items) if isinstance(items, dict) else None


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rsplit("/", 1)[1]
    found: Mapping[str, Any] = document["components"]["schemas"][name]
    return found


def kind_of(schema: Mapping[str, Any]) -> str:
    """Return what a schema wants, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " or ".join(dict.fromkeys(kind_of(each) for each in schema[union]))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    kind = str(schema.get("type", "any"))
    if kind == "array" and isinstance(schema.get("items"), dict):
        kind = f"list of {kind_of(schema['items'])}"
    if "format" in schema:
        kind = str(schema["format"])
    limits = [
        f"{word} {schema[key]:,}" if isinstance(schema[key], int) else f"{word} {schema[key]}"
        for key, word in _LIMITS.items()
        if key in schema
    ]
    return f"{kind} ({', '.join(limits)})" if limits else kind


_LIMITS = {
    "minimum": "≥",
    "exclusiveMinimum": ">",
    "maximum": "≤",
    "exclusiveMaximum": "<",
    "minLength": "length ≥",
    "maxLength": "length ≤",
    "minItems": "items ≥",
    "maxItems": "items ≤",
    "pattern": "as",
}


def problems_page(document: Mapping[str, Any]) -> bytes:
    """Return every code that a problem may carry; `type` of a problem leads here."""
    rows = [
        f'<tr id="{code}"><td><code>{code}</code></td><td>{status}</td>'
        f"<td>{_inline(text)}</td></tr>"
        for code, (status, text) in GENERAL.items()
    ]
    rows += [
        f'<tr id="{code}"><td><code>{code}</code></td><td>{_text(", ".join(contexts))}</td>'
        f"<td>{_text(title_of(code))}.</td></tr>"
        for code, contexts in refusals(document).items()
        if code not in GENERAL
    ]
    return page(
        "Problems",
        "<h1>Problems</h1><p>What is not done answers problem details (RFC 9457) whose "
        "<code>code</code> is one of these. The first ones may come from any path, with the status "
        "beside them; the others are refusals of a context, and each operation names its own.</p>"
        f"<table>{''.join(rows)}</table>",
    )


def events_page(events: Mapping[str, tuple[str, str, Mapping[str, Any]]]) -> bytes:
    """Return every event: name to (subject, what it says, schema of its body)."""
    parts = [
        (
            "<h1>Events</h1><p>What happened, in the past tense and versioned: read them from "
            '<a href="/docs/events-api">GET /v1/events</a>, follow them live, or have them sent to '
            "a webhook.</p>"
        )
    ]
    for name, (subject, text, schema) in events.items():
        document = {"components": {"schemas": schema.get("$defs", {})}}
        parts.append(
            f'<section class="operation" id="{name}"><h2><code>{name}</code></h2>'
            f'<p class="quiet">Subject: {_text(subject)}</p><p>{_inline(text)}</p>'
            f"{_fields(document, schema)}</section>"
        )
    return page("Events", "".join(parts))


def _text(text: str) -> str:
    return html.escape(str(text), quote=True)


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", _text(text))


def _prose(text: str) -> str:
    parts = []
    for block in text.split("\n\n"):
        lines = block.split("\n")
        if lines[0].startswith("- "):
            items = "\n".join(lines).removeprefix("- ").split("\n- ")
            parts.append("<ul>" + "".join(f"<li>{_inline(each)}</li>" for each in items) + "</ul>")
        else:
            parts.append(f"<p>{_inline(block)}</p>")
    return "".join(parts)
