"""The API's description: complete, with examples that hold, and pages that need nothing else."""

import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from argosy.http_api.application import Application
from argosy.http_api.codes import GENERAL, refusals
from argosy.http_api.pages import operations
from argosy.kernel.http import PUBLIC


@pytest.fixture
def document(app: Application) -> dict[str, Any]:
    return app.runtime.openapi


async def test_every_page_is_plain_html_under_a_strict_policy(client: httpx.AsyncClient) -> None:
    waiting, seen = ["/"], set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = await client.get(path, headers={"Authorization": ""})
        assert answer.status_code in (200, 503), path
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        text = answer.text
        assert "<script" not in text
        assert " style=" not in text
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text), "an address outside"
        for link in re.findall(r'href="([^"#]+)', text):
            if link not in seen and link not in waiting:
                waiting.append(link)
    assert {"/docs", "/docs/events", "/docs/problems", "/docs/style.css", "/openapi.json"} <= seen
    assert len(seen) > 12


async def test_the_document_is_served_to_everybody(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json", headers={"Authorization": ""})
    assert answer.json()["openapi"] == "3.1.0"


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    faults = []
    for path, method, operation in operations(document):
        contents = [*operation.get("requestBody", {}).get("content", {}).values()]
        for response in operation["responses"].values():
            contents += response.get("content", {}).values()
        for content in contents:
            if not content["schema"] or content["schema"] == {"type": "string"}:
                continue
            root = {**content["schema"], "components": document["components"]}
            validator = Draft202012Validator(
                root, format_checker=Draft202012Validator.FORMAT_CHECKER
            )
            faults += [
                f"{method} {path}: {fault.json_path} {fault.message}"
                for fault in validator.iter_errors(content["example"])
            ]
    assert faults == []


def test_every_operation_names_permission_summary_and_description(
    document: dict[str, Any],
) -> None:
    names = []
    for path, method, operation in operations(document):
        names.append(operation["operationId"])
        assert operation["summary"], (path, method)
        assert operation["description"], (path, method)
        assert operation["x-permission"], (path, method)
        assert (operation["x-permission"] == PUBLIC) == (operation["security"] == [])
    assert len(names) == len(set(names)), "an operation's name is used twice"


def test_only_pages_and_health_are_public(document: dict[str, Any]) -> None:
    public = {path for path, _, each in operations(document) if each["x-permission"] == PUBLIC}
    assert public == {
        *("/", "/docs", "/docs/events", "/docs/problems", "/docs/style.css", "/docs/{tag}"),
        *("/healthz", "/openapi.json", "/readyz"),
        "/v1/payments/sandbox/webhook",  # Signed by the gateway instead.
    }


def test_every_schema_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    """Two structs of one name would be told apart by their modules, which is nobody's business."""
    assert [name for name in document["components"]["schemas"] if "." in name] == []


def test_every_refusal_of_an_operation_is_explained(document: dict[str, Any]) -> None:
    known = GENERAL.keys() | refusals(document).keys()
    for path, method, operation in operations(document):
        assert set(operation["x-refuses"]) <= known, (path, method)
