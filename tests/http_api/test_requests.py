"""What every request meets: kept answers, versions, request ids, headers, outages."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from argosy.http_api.application import Application, create_app
from argosy.http_api.errors import problem_from
from argosy.http_api.router import Router
from argosy.kernel.clock import FixedClock
from argosy.kernel.coalescer import Overloaded
from argosy.kernel.database import Database
from argosy.kernel.http import (
    PUBLIC,
    Answer,
    HotHandler,
    HotRequest,
    Problem,
    Services,
    check_version,
    get,
    hot_route,
    post,
    put,
)
from argosy.kernel.settings import Settings
from tests.business import Business
from tests.http_fixtures import client_of, make_key
from tests.orders.world import ask


class Count(msgspec.Struct):
    """How often something was done."""

    times: int


class Said(msgspec.Struct, forbid_unknown_fields=True):
    """What is said."""

    text: str


class House:
    """An application of a few routes that count what they did."""

    def __init__(self, db: Database, clock: FixedClock) -> None:
        self.times = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.failing: list[Exception] = []

        @post("/v1/count", permission="orders:write", summary="Count", status_code=201)
        async def count(data: Said) -> Answer[Count]:
            """Count."""
            self.times += 1
            self.entered.set()
            await self.gate.wait()
            if self.failing:
                raise self.failing.pop(0)
            return Answer(Count(self.times), version=self.times)

        @get("/v1/count", permission="orders:read", summary="Look")
        async def look() -> Answer[Count]:
            """Look."""
            return Answer(Count(self.times), version=self.times)

        @put("/v1/count", permission="orders:write", summary="Set")
        async def change(data: Said, if_match: int | None) -> Count:
            """Set."""
            check_version(if_match, self.times)
            self.times += 1
            return Count(self.times)

        @get("/v1/parts", permission=PUBLIC, summary="Stream", media_type="text/plain")
        async def parts() -> Answer[bytes]:
            """Stream."""

            async def give() -> AsyncIterator[bytes]:
                for part in (b"one ", b"two ", b"three"):
                    yield part

            body: Any = give()
            return Answer(body, media_type="text/plain")

        @hot_route(
            "POST",
            "/v1/hot",
            permission="orders:write",
            request_type=Said,
            response_type=Count,
            summary="Hot",
        )
        def hot(services: Services) -> HotHandler:
            """Answer fast."""

            async def answer(request: HotRequest) -> tuple[int, bytes]:
                if self.failing:
                    raise self.failing.pop(0)
                return 200, request.request_id.encode()

            return answer

        self.app = create_app(
            db, clock, Settings(log_level="error"), routes=[count, look, change, parts, hot]
        )


@pytest.fixture
def house(db: Database, clock: FixedClock) -> House:
    return House(db, clock)


@pytest.fixture
async def caller(house: House, admin_key: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(house.app, admin_key) as made:
        yield made


def _keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def test_a_request_under_a_key_is_answered_once(
    house: House, caller: httpx.AsyncClient
) -> None:
    first = await caller.post("/v1/count", json={"text": "a"}, headers=_keyed("k"))
    again = await caller.post("/v1/count", json={"text": "a"}, headers=_keyed("k"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() == {"times": 1}
    assert again.headers["etag"] == first.headers["etag"] == '"1"'
    assert again.headers["idempotent-replayed"] == "true"
    assert house.times == 1
    other = await caller.post("/v1/count", json={"text": "a"}, headers=_keyed("another"))
    assert other.json() == {"times": 2}


async def test_a_key_belongs_to_one_content(house: House, caller: httpx.AsyncClient) -> None:
    await caller.post("/v1/count", json={"text": "a"}, headers=_keyed("k"))
    for path, text in (("/v1/count", "b"), ("/v1/count?x=1", "a")):
        other = await caller.post(path, json={"text": text}, headers=_keyed("k"))
        assert other.status_code in (400, 409)
        assert other.json()["code"] in ("idempotency_key_reused", "parameter_unknown")
    assert house.times == 1


async def test_a_key_belongs_to_who_sent_it(
    house: House, caller: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    await caller.post("/v1/count", json={"text": "a"}, headers=_keyed("k"))
    async with client_of(house.app, await make_key(db, clock.now(), name="b")) as other:
        answer = await other.post("/v1/count", json={"text": "a"}, headers=_keyed("k"))
    assert answer.json() == {"times": 2}


async def test_the_same_request_at_the_same_time_runs_once(
    house: House, caller: httpx.AsyncClient
) -> None:
    house.gate.clear()
    first = asyncio.create_task(caller.post("/v1/count", json={"text": "a"}, headers=_keyed("k")))
    await house.entered.wait()
    second = await caller.post("/v1/count", json={"text": "a"}, headers=_keyed("k"))
    assert (second.status_code, second.json()["code"]) == (409, "request_in_flight")
    assert second.headers["retry-after"] == "1"
    house.gate.set()
    assert (await first).status_code == 201
    assert house.times == 1


async def test_a_refusal_is_kept_and_a_failure_is_not(
    house: House, caller: httpx.AsyncClient
) -> None:
    house.failing = [Problem(409, "gone", "Gone", "It is gone.")]
    for _ in range(2):
        refused = await caller.post("/v1/count", json={"text": "a"}, headers=_keyed("r"))
        assert (refused.status_code, refused.json()["code"]) == (409, "gone")
        assert refused.headers["content-type"] == "application/problem+json"
    assert house.times == 1
    house.failing = [ValueError("a bug")]
    failed = await caller.post("/v1/count", json={"text": "a"}, headers=_keyed("f"))
    assert (failed.status_code, failed.json()["code"]) == (500, "internal_error")
    assert "bug" not in failed.text
    again = await caller.post("/v1/count", json={"text": "a"}, headers=_keyed("f"))
    assert again.status_code == 201


async def test_what_cannot_be_read_keeps_no_answer(house: House, caller: httpx.AsyncClient) -> None:
    wrong = await caller.post("/v1/count", json={"text": 1}, headers=_keyed("k"))
    assert wrong.status_code == 422
    right = await caller.post("/v1/count", json={"text": "a"}, headers=_keyed("k"))
    assert right.status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "ü"])
async def test_a_key_that_cannot_be_kept_is_refused(key: str, caller: httpx.AsyncClient) -> None:
    headers = [(b"idempotency-key", key.encode())]
    answer = await caller.post("/v1/count", json={"text": "a"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "parameter_invalid")


async def test_versions_guard_changes(house: House, caller: httpx.AsyncClient) -> None:
    first = await caller.get("/v1/count")
    assert first.headers["etag"] == '"0"'
    same = await caller.get("/v1/count", headers={"If-None-Match": 'W/"0"'})
    assert (same.status_code, same.content) == (304, b"")
    done = await caller.put("/v1/count", json={"text": "a"}, headers={"If-Match": '"0"'})
    assert done.status_code == 200
    late = await caller.put("/v1/count", json={"text": "a"}, headers={"If-Match": '"0"'})
    assert (late.status_code, late.json()["code"]) == (412, "version_mismatch")
    assert late.json()["facts"] == {"version": 1}
    wild = await caller.put("/v1/count", json={"text": "a"}, headers={"If-Match": "*"})
    assert wild.status_code == 200
    odd = await caller.put("/v1/count", json={"text": "a"}, headers={"If-Match": "abc"})
    assert (odd.status_code, odd.json()["code"]) == (400, "parameter_invalid")


async def test_head_is_get_without_the_body(caller: httpx.AsyncClient) -> None:
    answer = await caller.head("/v1/count")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == len(b'{"times":0}')


async def test_streams_are_sent_whole(caller: httpx.AsyncClient) -> None:
    assert (await caller.get("/v1/parts")).text == "one two three"


async def test_every_answer_has_a_request_id_and_is_kept_by_nobody(
    caller: httpx.AsyncClient,
) -> None:
    for path, body in (("/v1/count", None), ("/v1/hot", {"text": "a"}), ("/nothing", None)):
        method = "GET" if body is None else "POST"
        ours = await caller.request(method, path, json=body)
        assert ours.headers["x-request-id"]
        assert ours.headers["cache-control"] == "no-store"
        assert ours.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in ours.headers["content-security-policy"]
        theirs = await caller.request(method, path, json=body, headers={"X-Request-Id": "shop-7"})
        assert theirs.headers["x-request-id"] == "shop-7"
        nasty = await caller.request(method, path, json=body, headers={"X-Request-Id": "a b;<"})
        assert nasty.headers["x-request-id"] != "a b;<"


@pytest.mark.parametrize(
    ("error", "status", "code", "again"),
    [
        (Overloaded(), 503, "overloaded", "1"),
        (ConnectionRefusedError("no"), 503, "database_unreachable", "2"),
        (asyncpg.ConnectionDoesNotExistError("no"), 503, "database_unreachable", "2"),
        (asyncpg.TooManyConnectionsError("no"), 503, "database_unreachable", "2"),
        (asyncpg.InterfaceError("pool is closed"), 503, "database_unreachable", "2"),
        (asyncpg.QueryCanceledError("slow"), 503, "database_too_slow", "5"),
        (TimeoutError(), 503, "database_too_slow", "5"),
        (asyncpg.DeadlockDetectedError("no"), 503, "contended", "1"),
        (asyncpg.NumericValueOutOfRangeError("no"), 422, "value_out_of_range", None),
        (asyncpg.UniqueViolationError("no"), 409, "already_exists", None),
        (RecursionError(), 400, "nested_too_deeply", None),
        (KeyError("a bug"), 500, "internal_error", None),
    ],
)
async def test_what_is_raised_becomes_a_problem(
    error: Exception,
    status: int,
    code: str,
    again: str | None,
    house: House,
    caller: httpx.AsyncClient,
) -> None:
    for path in ("/v1/hot", "/v1/count"):
        house.failing = [error]
        answer = await caller.post(path, json={"text": "a"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers.get("retry-after") == again
        assert answer.headers["content-type"] == "application/problem+json"
    assert problem_from(error).status == status


async def test_a_database_that_goes_away_is_told_and_comes_back(
    app: Application, client: httpx.AsyncClient, db: Database, shop: Business
) -> None:
    assert (await client.post("/v1/orders", json=ask("1"))).status_code == 201
    await db.reading_pool.close()
    await db.writing_pool.close()
    for answer in (
        await client.get("/v1/orders"),
        await client.post("/v1/orders", json=ask("2")),
        await client.post("/v1/jobs/requeue", json={"job_ids": [str(shop.skus["MUG"])]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unreachable")
    ready = await client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] == "unreachable"
    assert (await client.get("/healthz")).status_code == 200
    assert "argosy_database_up 0.0" in (await client.get("/metrics")).text


def _samples(text: str) -> Iterator[tuple[str, float]]:
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            yield name, float(value)


async def test_metrics_tell_what_happened(client: httpx.AsyncClient, shop: Business) -> None:
    await client.post("/v1/orders", json=ask("1"))
    await client.post("/v1/orders", json=ask("2", channel="nowhere"))
    found = dict(_samples((await client.get("/metrics")).text))
    hot = '{method="POST",route="/v1/orders",status="201"}'
    assert found[f"argosy_http_request_seconds_count{hot}"] == 1
    assert found['argosy_http_problems_total{code="channel_unknown",route="/v1/orders"}'] == 1
    assert found['argosy_coalescer_batch_size_sum{coalescer="orders.place_orders"}'] == 2
    assert found["argosy_database_up"] == 1
    assert found["argosy_events_backlog"] >= 1
    assert found["argosy_events_backlog_age_seconds"] >= 0
    assert found['argosy_pool_connections{pool="writing",state="limit"}'] == 8
    assert found["process_resident_memory_bytes"] > 0


async def test_metrics_need_a_permission_unless_opened(
    db: Database,
    clock: FixedClock,
    make_client: Callable[..., Awaitable[httpx.AsyncClient]],
) -> None:
    monitor = await make_client([], roles=["monitoring"])
    assert (await monitor.get("/metrics")).status_code == 200
    assert (await monitor.get("/v1/orders")).status_code == 403
    opened = create_app(db, clock, Settings(metrics_open=True))
    closed = create_app(db, clock, Settings())
    for app, client_host, status in (
        (opened, "127.0.0.1", 200),
        (opened, "192.0.2.7", 401),
        (closed, "127.0.0.1", 401),
    ):
        transport = httpx.ASGITransport(app=app, client=(client_host, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://argosy.test") as anyone:
            assert (await anyone.get("/metrics")).status_code == status


async def test_a_schema_that_differs_is_not_ready(client: httpx.AsyncClient, db: Database) -> None:
    assert (await client.get("/readyz")).json()["checks"]["schema"] == "ok"
    async with db.transaction() as tx:
        await tx.execute("delete from schema_migration where number = 1")
    behind = await client.get("/readyz")
    assert (behind.status_code, behind.json()["checks"]["schema"]) == (503, "behind")


def test_literal_steps_win_over_parameters() -> None:
    router: Router[str] = Router()
    router.add("GET", "/v1/orders/{order_id}", "one")
    router.add("GET", "/v1/orders/queues", "queues")
    router.add("POST", "/v1/orders/holds/batch", "holds")
    router.add("GET", "/v1/orders/{order_id}/timeline", "timeline")
    assert router.find("GET", b"/v1/orders/queues") == ("queues", {})
    assert router.find("GET", b"/v1/orders/a%2Fb") == ("one", {"order_id": "a/b"})
    assert router.find("GET", b"/v1/orders/holds/timeline") == ("timeline", {"order_id": "holds"})
    with pytest.raises(Problem, match="path_not_found"):
        router.find("GET", b"/v1/orders/")
    with pytest.raises(ValueError, match="twice"):
        router.add("GET", "/v1/orders/{other}", "two")
