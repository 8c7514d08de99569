"""Requests made up from the OpenAPI document: no 500, and answers are what the document says."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CheckFunction
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from argosy.http_api.openapi import build_document
from argosy.http_api.table import every_route
from tests.http_fixtures import RunningServer

EXAMPLES = {GenerationMode.POSITIVE: 5, GenerationMode.NEGATIVE: 4}
ENDLESS = "/v1/events/stream"
CHECKS: list[CheckFunction] = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _operations(url: str, *, reading: bool) -> Iterator[Any]:
    document = build_document(every_route())
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=url)
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path != ENDLESS and (operation.method.upper() == "GET") == reading:
            yield operation


def _try(operation: Any, mode: GenerationMode, key: str) -> list[str]:
    """Call an operation with made-up requests; return what was wrong."""
    faults: list[str] = []

    @seed(1)
    @settings(
        max_examples=EXAMPLES[mode],
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        try:
            case.call_and_validate(headers=headers, checks=CHECKS, timeout=30)
        except FailureGroup as group:
            told = "; ".join(f"{each.title}: {each.message}"[:600] for each in group.exceptions)
            faults.append(f"{case.method} {case.formatted_path}: {told}\n{case.as_curl_command()}")

    with contextlib.suppress(Unsatisfiable):  # Some operations take nothing that could be wrong.
        call()
    return faults


@pytest.mark.parametrize("reading", [True, False], ids=["reads", "changes"])
def test_no_made_up_request_fails_the_server(reading: bool, server: RunningServer) -> None:
    faults: list[str] = []
    tried = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # The tool's own; ours are those of the server process.
        for operation in _operations(server.url, reading=reading):
            for mode in EXAMPLES:
                try:
                    faults += _try(operation, mode, server.key)
                except schemathesis.errors.SchemathesisError as error:
                    if mode is GenerationMode.POSITIVE:
                        faults.append(f"{operation.label}: {error}")
            tried += 1
    assert tried > 40
    assert faults == [], "\n\n".join(faults)[:20_000]
