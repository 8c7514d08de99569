"""Orders through their whole life: authorized at the sandbox, routed, shipped, invoiced, captured.

The orders are placed beforehand. Then a worker does its part, and a warehouse, which is this
process, asks the API for open work and reports it as shipped, up to 500 at a time. The clock runs
from the worker's start until the last order is invoiced and captured. Statements are counted in a
run of their own, for counting takes time: all that worker, server and sandbox gateway send.
"""

import asyncio
import statistics
import time
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import msgspec

from argosy.bench.business import BenchBusiness, make_business
from argosy.bench.machine import describe_machine
from argosy.bench.report import Report, Row
from argosy.bench.workbench import (
    BenchFailed,
    StatementCount,
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
MOST_AT_ONCE = 500
MOST_SECONDS = 240.0


class Sizes(msgspec.Struct, frozen=True):
    """How much is measured: orders in a run, timed runs beside the counted one."""

    orders: int = 6_000
    runs: int = 3
    skus: int = 500
    locations: int = 5


QUICK = Sizes(orders=2_000, runs=1)


async def measure_lifecycle(bench: Workbench, *, quick: bool) -> Report:
    """Run the benchmark; raises BenchFailed when an order does not come to its end."""
    return await measure(bench, QUICK if quick else Sizes())


async def measure(bench: Workbench, sizes: Sizes) -> Report:
    """Run the benchmark with given sizes."""
    machine = describe_machine() | await bench.check_durable()
    async with bench.database() as template:
        db = await Database.connect(template, max_size=2)
        try:
            business = await make_business(
                db,
                datetime.now(UTC),
                skus=sizes.skus,
                locations=sizes.locations,
                stock=1_000_000,
            )
        finally:
            await db.close()
        rates, placed = [], []
        for _ in range(sizes.runs):
            run = await _live(bench, name_of(template), business, sizes, counted=False)
            rates.append(sizes.orders / run["seconds"])
            placed.append(run["placed_per_s"])
        counted = await _live(bench, name_of(template), business, sizes, counted=True)
    figures: dict[str, Any] = {
        "orders_per_s": statistics.median(rates),
        "statements_per_order": counted["statements"] and counted["statements"] / sizes.orders,
    }
    return Report(
        bench="lifecycle",
        figures=figures,
        baseline={
            "placed_orders_per_s": statistics.median(placed),
            "what": "capture of the same orders in the same run, for comparison",
            "statements_counted_by": counted["how"],
        },
        machine=machine,
        sizes=msgspec.structs.asdict(sizes),
        rows=[
            Row("placed to captured and invoiced", "orders/s", rates),
            Row("capture before it", "orders/s", placed),
        ],
    )


async def _live(
    bench: Workbench, template: str, business: BenchBusiness, sizes: Sizes, *, counted: bool
) -> dict[str, Any]:
    """Place orders and let them live; return seconds, and statements when `counted`."""
    async with bench.database(template) as url:
        with serving(url) as server:
            placed = await _place(server.port, business, sizes)
        count = StatementCount(bench, url)
        if counted:
            await count.begin()
        # A fresh server, so that all its connections are counted.
        with serving(url) as server:
            began = time.monotonic()
            with working(url):
                await _warehouse(url, server.port, business.key, sizes.orders)
                seconds = time.monotonic() - began
        statements = await count.count() if counted else None
        if counted:
            await count.end()
        db = await Database.connect(url, max_size=2)
        try:
            findings = await verify_database(db)
        finally:
            await db.close()
        if findings:
            raise BenchFailed(f"the books are wrong afterwards: {findings[:5]}")
    return {
        "seconds": seconds,
        "placed_per_s": placed,
        "statements": statements,
        "how": count.how,
    }


async def _place(port: int, business: BenchBusiness, sizes: Sizes) -> float:
    measured = await send_load(
        {
            "kind": "orders",
            "first": 0,
            "count": sizes.orders,
            "prefix": "life",
            "skus": sizes.skus,
            "sandbox": True,
            "port": port,
            "key": business.key,
            "path": "/v1/orders",
            "connections": 64,
        }
    )
    if measured["statuses"] != {"201": sizes.orders}:
        raise BenchFailed(f"orders: {measured['statuses']}: {measured['samples']}")
    rate: float = measured["per_second"]
    return rate


async def _warehouse(url: str, port: int, key: str, orders: int) -> None:
    """Ship what is open until every order is invoiced and captured."""
    watch = await asyncpg.connect(url)
    # What the bench itself looks at is not the product's.
    await watch.execute("set log_statement = 'none'")
    headers = {"authorization": f"Bearer {key}"}
    deadline = time.monotonic() + MOST_SECONDS
    open_work = "/v1/fulfillment-orders?status=open&status=accepted"
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60
    ) as client:
        shipped = 0
        try:
            while time.monotonic() < deadline:
                if shipped == orders:
                    if await watch.fetchval(sql("count_finished")) == orders:
                        return
                    await asyncio.sleep(0.1)
                    continue
                waiting = await watch.fetchval(sql("count_open_work"))
                if not waiting or (waiting < MOST_AT_ONCE and shipped + waiting < orders):
                    await asyncio.sleep(0.1)
                    continue
                page = (await client.get(f"{open_work}&limit={MOST_AT_ONCE}")).json()["items"]
                shipped += await _ship(client, [row["fulfillment_order_id"] for row in page])
        finally:
            await watch.close()
    raise BenchFailed(f"{shipped} of {orders} orders were shipped after {MOST_SECONDS:.0f} s")


async def _ship(client: httpx.AsyncClient, ids: list[str]) -> int:
    items = [
        {"fulfillment_order_id": each, "carrier": "post", "tracking_number": f"T{each}"}
        for each in ids
    ]
    answer = await client.post(
        "/v1/fulfillment-orders/complete/batch",
        json={"items": items},
    )
    if answer.status_code != 200:
        raise BenchFailed(f"shipping answered {answer.status_code}: {answer.text[:500]}")
    outcomes = answer.json()["outcomes"]
    refused = [each for each in outcomes if each["status"] != "done"]
    if refused:
        raise BenchFailed(f"shipping was refused: {refused[:3]}")
    return len(outcomes)
