"""A real server process: events as they happen, and an end without a loss."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psutil
import pytest

from argosy.cli.serve import listen, run_server
from argosy.http_api.application import Application
from argosy.http_api.feed import Feed, Wanted
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.ids import new_id
from argosy.kernel.readers import sequence_events
from argosy.kernel.settings import Settings
from tests.business import Business, make_business
from tests.http_fixtures import RunningServer, make_key, new_key_on, start_server
from tests.kernel.conftest import write_event
from tests.orders.world import ask, stock


async def _announce(db: Database, clock: FixedClock, *names: str) -> None:
    async with db.transaction() as tx:
        for name in names:
            await write_event(tx, new_id(), 1, clock.now(), name)
    await sequence_events(db)


async def _messages(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, str]]:
    """Give server-sent events as they come; comments and pauses are left out."""
    message: dict[str, str] = {}
    async for line in lines:
        if not line:
            if "id" in message:
                yield message
            message = {}
        else:
            field, _, value = line.partition(": ")
            message[field] = value


@asynccontextmanager
async def _served(db: Database, url: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Serve in this process on a free port; the event stops it."""
    stop = asyncio.Event()
    listener = listen("127.0.0.1", 0)
    settings = Settings(log_level="error", pool_size=4)
    serving = asyncio.create_task(run_server(url, settings, listener, stop=stop, announce=False))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", stop
    finally:
        stop.set()
        await asyncio.wait_for(serving, 30)
        listener.close()


async def test_events_are_streamed_by_position_and_go_on_where_they_stopped(
    db: Database, database_url: str, clock: FixedClock
) -> None:
    key = await make_key(db, clock.now())
    await _announce(db, clock, "thing.done.v1", "other.done.v1", "thing.done.v1")
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        _served(db, database_url) as (url, stop),
        httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as client,
    ):
        path = "/v1/events/stream?name=thing.done.v1&after=0"
        async with client.stream("GET", path) as stream:
            assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
            messages = _messages(stream.aiter_lines())
            first, second = await anext(messages), await anext(messages)
            assert [first["id"], second["id"]] == ["1", "3"]
            assert first["event"] == "thing.done.v1"
            assert json.loads(first["data"])["body"] == {"version": 1}
            await _announce(db, clock, "thing.done.v1")
            assert (await anext(messages))["id"] == "4"
        # Reconnecting wins over the `after` of the address, as an EventSource does it.
        async with client.stream("GET", path, headers={"Last-Event-ID": "3"}) as stream:
            messages = _messages(stream.aiter_lines())
            assert (await anext(messages))["id"] == "4"
            stop.set()
            assert [each async for each in messages] == [], "the stream ends with the server"


async def test_the_log_is_read_page_by_page(
    client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    await _announce(db, clock, *["thing.done.v1", "other.done.v1"] * 5)
    found, after, more = [], 0, True
    while more:
        answer = await client.get(f"/v1/events?after={after}&limit=2&name=other.done.v1")
        page = answer.json()
        found += [event["position"] for event in page["items"]]
        assert page["next_after"] > after or not page["more"]
        after, more = page["next_after"], page["more"]
    assert found == [2, 4, 6, 8, 10]
    assert after == 10
    beyond = (await client.get("/v1/events?after=999")).json()
    assert beyond == {"items": [], "next_after": 999, "more": False}


async def test_a_key_of_one_channel_reads_the_events_of_that_channel(
    client: httpx.AsyncClient,
    make_client: Callable[..., Awaitable[httpx.AsyncClient]],
    db: Database,
    shop: Business,
) -> None:
    await stock(db, shop, "MUG", venlo=10)
    web = await client.post("/v1/orders", json=ask("1"))
    assert web.status_code == 201, web.text
    await sequence_events(db)
    own = await make_client(["events:read"], channel_ids=[shop.channels["web"]])
    foreign = await make_client(["events:read"], channel_ids=[shop.channels["store"]])
    placed = "/v1/events?name=order.placed.v1"
    assert len((await own.get(placed)).json()["items"]) == 1
    assert (await foreign.get(placed)).json()["items"] == []
    narrowed = await own.get(f"{placed}&channel=store")
    assert narrowed.json()["items"] == []
    placed_somewhere = await make_client(["events:read"], location_ids=[shop.locations["london"]])
    refused = await placed_somewhere.get("/v1/events")
    assert (refused.status_code, refused.json()["code"]) == (403, "limited_key")
    unknown = await client.get("/v1/events?channel=nowhere")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "channel_unknown")


async def test_who_is_slow_gets_everything_from_the_database(
    app: Application, db: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The feed keeps few events; who is behind them misses none."""
    monkeypatch.setattr("argosy.http_api.feed.MOST_KEPT", 3)
    monkeypatch.setattr("argosy.http_api.feed.POLL_SECONDS", 0.01)
    feed = Feed(db, app.runtime.measures)
    ids: list[int] = []
    stream = feed.follow(0, Wanted())
    await anext(stream)
    await _announce(db, clock, *["thing.done.v1"] * 20)
    while len(ids) < 20:
        part = await anext(stream)
        ids += [int(line[4:]) for line in part.decode().splitlines() if line.startswith("id: ")]
    assert ids == list(range(1, 21))
    await stream.aclose()  # type: ignore[attr-defined]
    feed.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_answers_what_was_asked_and_loses_nothing(
    number: int, server: RunningServer, db: Database, clock: FixedClock
) -> None:
    business = await make_business(db, clock.now())
    await stock(db, business, "MUG", reading=1000)
    async with server.client(limits=httpx.Limits(max_connections=40)) as client:
        assert (await client.get("/readyz")).json()["ready"]
        asked = [
            asyncio.create_task(client.post("/v1/orders", json=ask(f"{each}")))
            for each in range(200)
        ]
        await asked[0]
        code = await asyncio.to_thread(server.stop, number)
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert code == 0
    placed = {a.json()["order_id"] for a in answers if _is_placed(a)}
    assert placed
    refused = [a for a in answers if not _is_placed(a)]
    assert all(isinstance(a, httpx.TransportError) or a.status_code == 503 for a in refused)
    async with db.reading() as tx:
        stored = {str(row["order_id"]) for row in await tx.fetch("select order_id from orders")}
    assert placed <= stored
    assert len(stored) <= len(placed) + len(refused)


def _is_placed(answer: Any) -> bool:
    return isinstance(answer, httpx.Response) and answer.status_code == 201


async def test_a_server_is_small(server: RunningServer) -> None:
    async with server.client() as client:
        for path in ("/openapi.json", "/docs", "/v1/orders", "/metrics"):
            assert (await client.get(path)).status_code == 200
    resident = psutil.Process(server.process.pid).memory_info().rss
    assert resident < 200 * 2**20


async def test_a_server_may_bring_its_worker(
    db: Database, database_url: str, clock: FixedClock
) -> None:
    """`--with-worker`: events get their positions without another process."""
    key = await asyncio.to_thread(new_key_on, database_url)
    running = await asyncio.to_thread(start_server, database_url, key, "--with-worker")
    try:
        async with db.transaction() as tx:
            await write_event(tx, new_id(), 1, clock.now())
        async with (
            running.client() as client,
            client.stream("GET", "/v1/events/stream?after=0") as stream,
        ):
            assert (await anext(_messages(stream.aiter_lines())))["id"] == "1"
    finally:
        assert await asyncio.to_thread(running.stop) == 0
