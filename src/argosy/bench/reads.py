"""How pages grow with the number of orders: the same requests to databases of several sizes.

All databases stand and are served side by side, and their requests alternate in small rounds, so
that what the machine does otherwise falls on all of them.
"""

import json
import random
import statistics
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from argosy.bench.business import BenchBusiness, make_business
from argosy.bench.generator import generate_orders
from argosy.bench.machine import describe_machine, percentile
from argosy.bench.report import Report, Row
from argosy.bench.workbench import BenchFailed, Workbench, send_load, serving
from argosy.kernel.database import Database
from argosy.kernel.http import encode_cursor
from argosy.verification import verify_database

KINDS = ("list", "deep_page", "detail", "availability")
WARM = 40
PAGE = 50


class Sizes(msgspec.Struct, frozen=True):
    """How much is measured: orders in each database, rounds, requests of a kind in a round."""

    orders: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    rounds: int = 7
    requests: int = 60
    skus: int = 1_000
    locations: int = 50
    asked_skus: int = 100
    verify: bool = True


QUICK = Sizes(orders=(5_000, 100_000), rounds=4, requests=40, verify=False)


class _Place(msgspec.Struct):
    """One database with its server, and what is asked of it."""

    orders: int
    port: int
    business: BenchBusiness
    order_ids: list[UUID]
    generated_seconds: float
    p95_ms: dict[str, list[float]] = {}

    def plan(self, kind: str, count: int, asked_skus: int, draw: random.Random) -> dict[str, Any]:
        """Return a plan of `count` requests of a kind."""
        plan: dict[str, Any] = {"port": self.port, "key": self.business.key, "connections": 1}
        if kind == "availability":
            codes = list(self.business.sku_ids)
            bodies = [
                json.dumps(
                    {
                        "items": [{"sku": code} for code in draw.sample(codes, asked_skus)],
                        "by_location": True,
                    }
                )
                for _ in range(count)
            ]
            return plan | {"kind": "bodies", "path": "/v1/availability", "bodies": bodies}
        if kind == "list":
            paths = [f"/v1/orders?limit={PAGE}"] * count
        elif kind == "deep_page":
            # Behind nine tenths of the orders, newest first.
            deep = self.order_ids[: len(self.order_ids) // 10]
            paths = [
                f"/v1/orders?limit={PAGE}&after={encode_cursor(draw.choice(deep))}"
                for _ in range(count)
            ]
        else:
            paths = [f"/v1/orders/{draw.choice(self.order_ids)}" for _ in range(count)]
        return plan | {"kind": "gets", "method": "GET", "paths": paths}


async def measure_reads(bench: Workbench, *, quick: bool) -> Report:
    """Run the benchmark; raises BenchFailed when a generated database does not verify."""
    return await measure(bench, QUICK if quick else Sizes())


async def measure(bench: Workbench, sizes: Sizes) -> Report:
    """Run the benchmark with given sizes."""
    machine = describe_machine() | await bench.check_durable()
    async with AsyncExitStack() as stack:
        places = [await _place(stack, bench, count, sizes) for count in sizes.orders]
        draw = random.Random(1)  # noqa: S311
        for place in places:
            for kind in KINDS:
                await _ask(place, kind, WARM, sizes, draw)
            place.p95_ms = {}
        for _ in range(sizes.rounds):
            for kind in KINDS:
                for place in places:
                    await _ask(place, kind, sizes.requests, sizes, draw)
    return _report(places, sizes, machine)


async def _place(stack: AsyncExitStack, bench: Workbench, count: int, sizes: Sizes) -> _Place:
    url = await stack.enter_async_context(bench.database())
    now = datetime.now(UTC)
    db = await Database.connect(url, max_size=2, statement_timeout_seconds=3600)
    try:
        business = await make_business(db, now, skus=sizes.skus, locations=sizes.locations, stock=0)
        seconds = await generate_orders(url, business, count, now)
        # The smallest is always verified, the others when there is time: they differ in number.
        if sizes.verify or count == min(sizes.orders):
            findings = await verify_database(db)
            if findings:
                raise BenchFailed(f"the generated orders do not verify: {findings[:5]}")
    finally:
        await db.close()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("checkpoint")
        rows = await connection.fetch(
            "select order_id from orders where order_id in ("
            "(select order_id from orders order by order_id limit 4000)"
            " union (select order_id from orders tablesample bernoulli ($1) limit 4000)"
            ") order by order_id",
            min(100.0, 400_000 / count),
        )
    finally:
        await connection.close()
    server = stack.enter_context(serving(url))
    ids = [UUID(int=row[0].int) for row in rows]
    return _Place(count, server.port, business, ids, seconds)


async def _ask(place: _Place, kind: str, count: int, sizes: Sizes, draw: random.Random) -> None:
    measured = await send_load(place.plan(kind, count, sizes.asked_skus, draw))
    if measured["statuses"] != {"200": count}:
        raise BenchFailed(f"{kind}: {measured['statuses']}: {measured['samples']}")
    place.p95_ms.setdefault(kind, []).append(measured["p95_ms"])


def _report(places: list[_Place], sizes: Sizes, machine: dict[str, Any]) -> Report:
    small, large = places[0], places[-1]
    figures: dict[str, Any] = {}
    for kind in KINDS:
        pairs = zip(large.p95_ms[kind], small.p95_ms[kind], strict=True)
        figures[f"{kind}_growth"] = statistics.median(mine / theirs for mine, theirs in pairs)
    for place in places:
        for kind in KINDS:
            name = f"{kind}_p95_ms_at_{place.orders}"
            figures[name] = percentile(place.p95_ms[kind], 50)
        figures[f"generated_orders_per_s_at_{place.orders}"] = (
            place.orders / place.generated_seconds
        )
    return Report(
        bench="reads",
        figures=figures,
        baseline={
            "what": f"the same requests over {small.orders} orders",
            **{f"{kind}_p95_ms": statistics.median(small.p95_ms[kind]) for kind in KINDS},
        },
        machine=machine,
        sizes=msgspec.structs.asdict(sizes),
        rows=[
            Row(f"{kind} at {place.orders:,}", "p95 ms", place.p95_ms[kind])
            for kind in KINDS
            for place in places
        ],
    )
