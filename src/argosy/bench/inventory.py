"""How many positions a second the feed takes, and how large and how quick to start programs are."""

import asyncio
import json
import statistics
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from argosy.bench.business import BenchBusiness, make_business
from argosy.bench.machine import describe_machine
from argosy.bench.report import Report, Row
from argosy.bench.requests import sku_code
from argosy.bench.tables import count_rows
from argosy.bench.workbench import (
    BenchFailed,
    Workbench,
    name_of,
    send_load,
    serving,
    working,
)
from argosy.kernel.database import Database
from argosy.kernel.sql import Statements
from argosy.verification import verify_database

sql = Statements(__package__)
BARE_CONNECTIONS = 2
BARE_BATCH = 200


class Sizes(msgspec.Struct, frozen=True):
    """How much is measured: feeds of positions in a run, and rounds of runs."""

    feeds: int = 300
    positions: int = 200
    rounds: int = 5
    skus: int = 2_000
    locations: int = 20
    connections: int = 16
    orders: int = 4_000


QUICK = Sizes(feeds=60, rounds=3, locations=10, orders=1_000)


async def measure_inventory(bench: Workbench, *, quick: bool) -> Report:
    """Run the benchmark; raises BenchFailed when the books are wrong afterwards."""
    return await measure(bench, QUICK if quick else Sizes())


class _Feeds:
    """Draws feeds: each sets many SKUs of one location, and no two runs set the same quantity."""

    def __init__(self, business: BenchBusiness, sizes: Sizes) -> None:
        self._codes = [sku_code(n) for n in range(1, sizes.skus + 1)]
        self._locations = list(business.location_ids)
        self._sizes = sizes
        self._drawn = 0

    def draw(self) -> list[dict[str, Any]]:
        """Return the feeds of one run, each later than the one before."""
        feeds = []
        for _ in range(self._sizes.feeds):
            self._drawn += 1
            first = self._drawn // len(self._locations) * self._sizes.positions
            feeds.append(
                {
                    "location": self._locations[self._drawn % len(self._locations)],
                    "reference": f"bench-{self._drawn}",
                    "as_of": datetime.now(UTC).isoformat(),
                    "positions": [
                        {
                            "sku": self._codes[(first + n) % len(self._codes)],
                            "quantity": 1_000_000 + self._drawn * 7 + n % 5,
                        }
                        for n in range(self._sizes.positions)
                    ],
                }
            )
        return feeds


async def measure(bench: Workbench, sizes: Sizes) -> Report:
    """Run the benchmark with given sizes."""
    machine = describe_machine() | await bench.check_durable()
    async with bench.database() as template:
        db = await Database.connect(template, max_size=2)
        try:
            business = await make_business(
                db, datetime.now(UTC), skus=sizes.skus, locations=sizes.locations, stock=1_000_000
            )
        finally:
            await db.close()
        async with (
            bench.database(name_of(template)) as url,
            bench.database(name_of(template)) as bare_url,
        ):
            measured = await _rounds(url, bare_url, business, sizes)
            measured |= await _programs(url, business, sizes)
            db = await Database.connect(url, max_size=2)
            try:
                findings = await verify_database(db)
            finally:
                await db.close()
            if findings:
                raise BenchFailed(f"the books are wrong afterwards: {findings[:5]}")
    fed, bare = measured.pop("fed"), measured.pop("bare")
    return Report(
        bench="inventory",
        figures={
            "positions_per_s": statistics.median(fed),
            "ratio_feed": statistics.median(a / b for a, b in zip(fed, bare, strict=True)),
        }
        | measured,
        baseline={
            "positions_per_s": statistics.median(bare),
            "what": "the same balances and movements by a bare asyncpg loop: "
            f"{BARE_CONNECTIONS} connections, batches of {BARE_BATCH}",
        },
        machine=machine,
        sizes=msgspec.structs.asdict(sizes),
        rows=[Row("feed", "positions/s", fed), Row("baseline", "positions/s", bare)],
    )


async def _rounds(url: str, bare_url: str, business: BenchBusiness, sizes: Sizes) -> dict[str, Any]:
    feeds = _Feeds(business, sizes)
    fed, bare = [], []
    with serving(url) as server:
        plan = {
            "kind": "bodies",
            "path": "/v1/inventory/feed",
            "port": server.port,
            "key": business.key,
            "connections": sizes.connections,
            "units_per_request": sizes.positions,
        }
        for number in range(sizes.rounds + 1):
            drawn = feeds.draw()
            before = (await count_rows(bare_url))["stock_movement"]
            rate = sizes.feeds * sizes.positions / await _write_bare(bare_url, business, drawn)
            bare_grown = (await count_rows(bare_url))["stock_movement"] - before
            before = (await count_rows(url))["stock_movement"]
            measured = await send_load(plan | {"bodies": [json.dumps(feed) for feed in drawn]})
            if measured["statuses"] != {"200": len(drawn)}:
                raise BenchFailed(f"feeds: {measured['statuses']}: {measured['samples']}")
            grown = (await count_rows(url))["stock_movement"] - before
            if number:  # The first round warms both sides.
                fed.append(measured["per_second"])
                bare.append(rate)
        if grown != bare_grown:
            raise BenchFailed(f"the feed moved {grown} balances, the baseline {bare_grown}")
    return {"fed": fed, "bare": bare}


async def _write_bare(url: str, business: BenchBusiness, feeds: list[dict[str, Any]]) -> float:
    """Set the same quantities by hand; return the seconds it took."""
    connections = [await asyncpg.connect(url) for _ in range(BARE_CONNECTIONS)]
    left = iter(feeds)

    async def work(connection: asyncpg.Connection) -> None:
        for feed in left:
            location_id: UUID = business.location_ids[feed["location"]]
            for at in range(0, len(feed["positions"]), BARE_BATCH):
                positions = feed["positions"][at : at + BARE_BATCH]
                async with connection.transaction():
                    await connection.execute(
                        sql("set_bare_quantities"),
                        [business.sku_ids[each["sku"]] for each in positions],
                        [each["quantity"] for each in positions],
                        location_id,
                        datetime.now(UTC),
                    )

    begun = time.perf_counter()
    await asyncio.gather(*(work(connection) for connection in connections))
    seconds = time.perf_counter() - begun
    for connection in connections:
        await connection.close()
    return seconds


async def _programs(url: str, business: BenchBusiness, sizes: Sizes) -> dict[str, float]:
    """Start, load and look at a server and a worker: memory in MB, cold start in seconds."""
    with serving(url) as server, working(url) as worker:
        plan = {
            "kind": "orders",
            "first": 0,
            "count": sizes.orders,
            "prefix": "size",
            "skus": sizes.skus,
            "port": server.port,
            "key": business.key,
            "path": "/v1/orders",
            "connections": 64,
        }
        measured = await send_load(plan)
        if measured["statuses"] != {"201": sizes.orders}:
            raise BenchFailed(f"orders: {measured['statuses']}: {measured['samples']}")
        await _wait_until_heard(url)
        server.resident.look()
        worker.resident.look()
        if worker.process.poll() is not None:
            raise BenchFailed(f"argosy worker ended with status {worker.process.returncode}")
    return {
        "server_rss_mb": server.resident.most_mb,
        "worker_rss_mb": worker.resident.most_mb,
        "cold_start_s": server.start_seconds,
    }


async def _wait_until_heard(url: str, seconds: float = 60.0) -> None:
    """Wait until a worker has given every event its position and routed what is due."""
    connection = await asyncpg.connect(url)
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not await connection.fetchval(sql("is_work_left")):
                return
            await asyncio.sleep(0.2)
    finally:
        await connection.close()
    raise BenchFailed(f"the worker was not through after {seconds:.0f} s")
