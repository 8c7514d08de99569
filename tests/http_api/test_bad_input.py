"""Bad input: each gets a problem document with a code and a pointer, and changes nothing."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from argosy.cli.protocol import MOST_HEAD_BYTES
from argosy.http_api import incoming
from argosy.http_api.application import Application
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.settings import Settings
from tests.business import Business
from tests.http_fixtures import RunningServer, client_of, make_key
from tests.orders.world import ask, line

Picture = Callable[[], Awaitable[dict[str, str]]]
JSON = {"Content-Type": "application/json"}


def _raw(order: Any) -> bytes:
    return json.dumps(order).encode()


def _with(**changed: Any) -> bytes:
    return _raw(ask("bad") | changed)


def _line(**changed: Any) -> bytes:
    return _raw(ask("bad", line() | changed))


CASES: dict[str, tuple[bytes, int, str, str | None]] = {
    "nothing": (b"", 400, "body_missing", None),
    "malformed JSON": (b'{"channel": "web",', 400, "malformed_json", None),
    "two documents": (_raw(ask()) + _raw(ask()), 400, "malformed_json", None),
    "not an object": (b"[]", 422, "request_invalid", ""),
    "null": (b"null", 422, "request_invalid", ""),
    "wrong type": (_with(channel=7), 422, "request_invalid", "/channel"),
    "wrong type deep down": (_line(sku=["MUG"]), 422, "request_invalid", "/lines/0/sku"),
    "number as text": (_line(quantity="1"), 422, "request_invalid", "/lines/0/quantity"),
    "fraction": (_line(quantity=1.5), 422, "request_invalid", "/lines/0/quantity"),
    "unknown field": (_with(chanel="web"), 422, "request_invalid", "/chanel"),
    "unknown field deep down": (_line(qty=1), 422, "request_invalid", "/lines/0/qty"),
    "missing field": (_raw({"channel": "web"}), 422, "request_invalid", "/external_id"),
    "no lines": (_with(lines=[]), 422, "request_invalid", "/lines"),
    "100,000 lines": (_with(lines=[line()] * 100_000), 422, "request_invalid", "/lines"),
    "no units": (_line(quantity=0), 422, "request_invalid", "/lines/0/quantity"),
    "negative units": (_line(quantity=-1), 422, "request_invalid", "/lines/0/quantity"),
    "negative money": (_line(amount_minor=-1), 422, "request_invalid", "/lines/0/amount_minor"),
    "too many units": (_line(quantity=2**31), 422, "request_invalid", "/lines/0/quantity"),
    "overflow of 64 bits": (_line(quantity=2**64), 422, "request_invalid", "/lines/0/quantity"),
    "a huge number": (
        _with().replace(b'"quantity": 1', b'"quantity": ' + b"9" * 400),
        422,
        "request_invalid",
        "/lines/0/quantity",
    ),
    "infinity": (
        _with().replace(b'"quantity": 1', b'"quantity": 1e999'),
        422,
        "request_invalid",
        "/lines/0/quantity",
    ),
    "not a number": (
        _with().replace(b'"quantity": 1', b'"quantity": NaN'),
        400,
        "malformed_json",
        None,
    ),
    "invalid UTF-8": (_with().replace(b'"web"', b'"w\xffb"'), 400, "invalid_utf8", None),
    "half a surrogate": (
        _with().replace(b'"web"', rb'"\ud800"'),
        400,
        "malformed_json",
        None,
    ),
    "NUL character": (_with(external_id="a\x00b"), 422, "request_invalid", "/external_id"),
    "NUL in a free document": (
        _with(attributes={"a": [{"b": "\x00"}]}),
        422,
        "request_invalid",
        "/attributes/a/0/b",
    ),
    "very deep nesting": (
        _with(attributes={"a": 1}).replace(b'{"a": 1}', b'{"a": ' + b"[" * 100_000),
        400,
        "nested_too_deeply",
        None,
    ),
    "too long a text": (_with(external_id="x" * 201), 422, "request_invalid", "/external_id"),
    "unknown channel": (_with(channel="nowhere"), 422, "channel_unknown", "/channel"),
    "no currency": (_with(currency="XXZ"), 422, "currency_unknown", "/currency"),
    "small letters": (_with(currency="gbp"), 422, "request_invalid", "/currency"),
    "a price that is no number": (
        _line(unit_price="ten"),
        422,
        "unit_price_invalid",
        "/lines/0/unit_price",
    ),
    "unknown SKU": (_line(sku="NOTHING"), 422, "sku_unknown", "/lines/0/sku"),
    "the future": (
        _with(placed_at="2031-01-01T00:00:00Z"),
        422,
        "placed_in_the_future",
        "/placed_at",
    ),
    "ancient times": (
        _with(placed_at="0001-01-01T00:00:00Z"),
        422,
        "placed_too_long_ago",
        "/placed_at",
    ),
    "no such day": (_with(placed_at="2026-02-30T00:00:00Z"), 422, "request_invalid", "/placed_at"),
    "a wrong sum": (_with(total_minor=999), 422, "total_mismatch", "/total_minor"),
    "exponent of another currency": (
        _raw(ask("bad", line() | {"amount_minor": 10})),
        422,
        "line_amount_mismatch",
        "/lines/0/amount_minor",
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_bad_order_gets_a_problem_and_changes_nothing(
    case: str, client: httpx.AsyncClient, shop: Business, picture: Picture
) -> None:
    body, status, code, pointer = CASES[case]
    before = await picture()
    answer = await client.post("/v1/orders", content=body, headers=JSON)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["type"] == f"/docs/problems#{code}"
    assert problem["request_id"] == answer.headers["x-request-id"]
    pointers = [fault.get("pointer") for fault in problem.get("errors", ())]
    assert (pointer in pointers) if pointer is not None else pointers == []
    assert await picture() == before


async def test_currencies_have_exponents_of_their_own(
    client: httpx.AsyncClient, shop: Business
) -> None:
    """A yen has no minor unit: 10.00 a piece is 10, not 1,000."""
    wrong = ask("yen", line() | {"amount_minor": 1000}, currency="JPY", total_minor=1000)
    answer = await client.post("/v1/orders", json=wrong)
    assert answer.status_code == 422
    assert "/lines/0/amount_minor" in [each["pointer"] for each in answer.json()["errors"]]


async def test_the_same_order_again_is_the_same_and_other_content_is_refused(
    client: httpx.AsyncClient, shop: Business, picture: Picture
) -> None:
    first = await client.post("/v1/orders", json=ask("twice"))
    assert first.status_code == 201, first.text
    before = await picture()
    again = await client.post("/v1/orders", json=ask("twice"))
    assert again.status_code == 200
    assert again.json()["order_id"] == first.json()["order_id"]
    other = await client.post("/v1/orders", json=ask("twice", line(quantity=2)))
    assert (other.status_code, other.json()["code"]) == (409, "external_id_reused")
    assert await picture() == before


async def test_a_body_that_never_ends_is_not_waited_for(
    client: httpx.AsyncClient, shop: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "BODY_SECONDS", 0.05)

    async def never() -> Any:
        yield b"{"
        await asyncio.Event().wait()

    for path in ("/v1/orders", "/v1/jobs/requeue"):
        answer = await client.post(path, content=never(), headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (408, "body_too_slow")
        assert answer.headers["connection"] == "close"


async def test_the_head_of_a_stream_is_no_stream(server: RunningServer) -> None:
    async with server.client() as client, asyncio.timeout(10):
        head = await client.head("/v1/events/stream")
        assert (head.status_code, head.content) == (200, b"")
        assert "argosy_http_streams 0" in (await client.get("/metrics")).text


async def test_a_head_without_an_end_is_not_kept(server: RunningServer) -> None:
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * (2 * MOST_HEAD_BYTES))
    try:
        async with asyncio.timeout(10):
            assert await reader.read() == b""
    except ConnectionError:
        pass  # It was closed while more was on its way.
    finally:
        writer.close()


async def test_a_body_beyond_the_limit_is_not_read(
    db: Database, client: httpx.AsyncClient, app: Application, shop: Business, picture: Picture
) -> None:
    limit = app.runtime.settings.body_limit_bytes
    before = await picture()

    async def parts() -> Any:
        for _ in range(limit // 2**20 + 2):
            yield b" " * 2**20

    for path in ("/v1/orders", "/v1/jobs/requeue"):
        announced = await client.post(
            path, content=b"{}", headers=JSON | {"Content-Length": str(limit + 1)}
        )
        assert (announced.status_code, announced.json()["code"]) == (413, "body_too_large")
        poured = await client.post(path, content=parts(), headers=JSON)
        assert (poured.status_code, poured.json()["code"]) == (413, "body_too_large")
        assert poured.headers["connection"] == "close"
    assert await picture() == before


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/xml", "multipart/form-data"])
@pytest.mark.parametrize("path", ["/v1/orders", "/v1/jobs/requeue"])
async def test_a_body_that_is_not_json_is_refused(
    path: str, media_type: str, client: httpx.AsyncClient
) -> None:
    answer = await client.post(path, content=b"{}", headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type_unsupported")


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("limit=0", "parameter_invalid", "limit"),
        ("limit=501", "parameter_invalid", "limit"),
        ("limit=x", "parameter_invalid", "limit"),
        ("limit=1&limit=2", "parameter_invalid", "limit"),
        ("nonsense=1", "parameter_unknown", "nonsense"),
        ("lifecycle=open", "parameter_invalid", "lifecycle"),
        ("customer_id=7", "parameter_invalid", "customer_id"),
        ("email=%ff", "parameter_invalid", "query"),
        ("email=%00", "parameter_invalid", "email"),
        ("after=zzz", "cursor_invalid", "after"),
        ("after=%20", "cursor_invalid", "after"),
        ("placed_from=yesterday", "parameter_invalid", "placed_from"),
    ],
)
async def test_a_bad_parameter_is_named(
    query: str, code: str, parameter: str, client: httpx.AsyncClient
) -> None:
    answer = await client.get(f"/v1/orders?{query}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, code), problem
    assert [each["parameter"] for each in problem["errors"]] == [parameter]


async def test_paths_and_methods_that_do_not_exist(client: httpx.AsyncClient) -> None:
    missing = await client.get("/v1/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "path_not_found")
    broken = await client.get("/v1/orders/%ff")
    assert (broken.status_code, broken.json()["code"]) == (400, "path_invalid")
    escaped = await client.get("/v1/orders/%2e%2e")
    assert escaped.json()["code"] == "parameter_invalid"
    method = await client.delete("/v1/orders")
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert method.headers["allow"] == "GET, POST"


async def test_keys_that_open_nothing(
    app: Application, db: Database, clock: FixedClock, picture: Picture
) -> None:
    ended = await make_key(db, clock.now(), expires_at=clock.now() + timedelta(hours=1))
    clock.advance(timedelta(hours=2))
    before = await picture()
    for sent, code in (
        (None, "key_missing"),
        ("Basic YTpi", "key_missing"),
        ("Bearer ", "key_unknown"),
        ("Bearer argosy_000000000000_" + "x" * 43, "key_unknown"),
        ("Bearer ü", "key_unknown"),
        (f"Bearer {ended}", "key_expired"),
    ):
        async with client_of(app, None) as client:
            headers = [] if sent is None else [(b"authorization", sent.encode())]
            for path, method in (("/v1/orders", "POST"), ("/v1/orders", "GET")):
                answer = await client.request(method, path, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (401, code), sent
                assert answer.headers["www-authenticate"].startswith("Bearer")
    assert await picture() == before


async def test_a_key_can_do_what_its_permissions_say(
    make_client: Callable[..., Awaitable[httpx.AsyncClient]], shop: Business
) -> None:
    reader = await make_client(["orders:read"])
    assert (await reader.get("/v1/orders")).status_code == 200
    refused = await reader.post("/v1/orders", json=ask("x"))
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
    assert refused.json()["facts"] == {"permission": "orders:write"}


async def test_a_limited_key_is_kept_from_what_cannot_heed_its_limits(
    make_client: Callable[..., Awaitable[httpx.AsyncClient]], shop: Business
) -> None:
    limited = await make_client(["*"], channel_ids=[shop.channels["web"]])
    assert (await limited.get("/v1/orders")).status_code == 200
    refused = await limited.get("/v1/jobs")
    assert (refused.status_code, refused.json()["code"]) == (403, "limited_key")


class TestLimitedRate:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(requests_per_second=3)

    async def test_a_key_that_asks_too_often_is_told_when_to_come_again(
        self, client: httpx.AsyncClient
    ) -> None:
        statuses = [(await client.get("/v1/self")).status_code for _ in range(8)]
        assert statuses[:6] == [200] * 6
        refused = await client.post("/v1/orders", json=ask())
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert int(refused.headers["retry-after"]) >= 1
