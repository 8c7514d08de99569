"""How many orders a second are placed, against the same rows written bare in the same run.

Argosy and the baseline have databases that are copies of one template. Their runs alternate, so
that what the machine does otherwise falls on both; each ratio is taken within one round.
"""

import statistics
from datetime import UTC, datetime
from typing import Any

import msgspec

from argosy.bench.baseline import BareWriter
from argosy.bench.business import BenchBusiness, make_business, receive
from argosy.bench.machine import describe_machine
from argosy.bench.report import Report, Row
from argosy.bench.requests import BLOCK, LINES_PER_ORDER, orders_of, sku_code
from argosy.bench.tables import count_rows
from argosy.bench.workbench import (
    BenchFailed,
    Server,
    Workbench,
    name_of,
    send_load,
    serving,
)
from argosy.kernel.database import Database
from argosy.kernel.sql import Statements
from argosy.verification import verify_database

sql = Statements(__package__)
CONNECTIONS = (64, 256)
PLENTY = 1_000_000


class Sizes(msgspec.Struct, frozen=True):
    """How much is measured: orders per run (whole blocks), rounds, units of the scarce SKU."""

    orders: int = 12_000
    rounds: int = 5
    warm_orders: int = 2 * BLOCK
    skus: int = 2_000
    locations: int = 3
    scarce_units: int = 2_000
    scarce_orders: int = 3_000
    batch_orders: int = 100
    batch_connections: int = 4
    lines_per_order: int = LINES_PER_ORDER


QUICK = Sizes(
    orders=3_000, rounds=2, warm_orders=BLOCK, skus=1_000, scarce_units=500, scarce_orders=800
)


class _Runs:
    """What was measured so far, in orders a second, by what was run."""

    def __init__(self) -> None:
        self.rates: dict[str, list[float]] = {}
        self.p95_ms: dict[str, list[float]] = {}

    def note(self, name: str, rate: float, p95_ms: float | None = None) -> float:
        self.rates.setdefault(name, []).append(rate)
        if p95_ms is not None:
            self.p95_ms.setdefault(name, []).append(p95_ms)
        return rate

    def ratio(self, name: str, to: str) -> float:
        """Return the median of the rounds' ratios."""
        pairs = zip(self.rates[name], self.rates[to], strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


class _Bench:
    """Both databases, the server on one of them, and the numbers of the orders sent so far."""

    def __init__(
        self, server: Server, business: BenchBusiness, writer: BareWriter, sizes: Sizes
    ) -> None:
        self.server = server
        self.business = business
        self.writer = writer
        self.sizes = sizes
        self.first = 0
        self.runs = _Runs()

    def _plan(self, kind: str, count: int, *, hot: bool, units: int = 1) -> dict[str, Any]:
        plan = {
            "kind": kind,
            "first": self.first,
            "count": count,
            "prefix": "bench",
            "skus": self.sizes.skus,
            "hot": hot,
            "units_per_request": units,
            "port": self.server.port,
            "key": self.business.key,
            "path": "/v1/orders/batch" if kind == "batches" else "/v1/orders",
        }
        self.first += count
        return plan

    async def bare(self, count: int) -> None:
        """Write `count` orders by the baseline."""
        orders = orders_of(self._plan("orders", count, hot=False))
        self.runs.note("baseline", count / await self.writer.write(orders))

    async def single(self, name: str, connections: int, count: int, *, hot: bool) -> None:
        """Place `count` orders, one a request."""
        plan = self._plan("orders", count, hot=hot) | {"connections": connections}
        measured = await send_load(plan)
        _check_all(measured, {"201": count})
        self.runs.note(name, measured["per_second"], measured["p95_ms"])

    async def batches(self, count: int) -> None:
        """Place `count` orders through the batch form."""
        size = self.sizes.batch_orders
        plan = self._plan("batches", count, hot=False, units=size) | {
            "connections": self.sizes.batch_connections
        }
        measured = await send_load(plan)
        _check_all(measured, {"200": -(-count // size)})
        self.runs.note("batch", measured["per_second"], measured["p95_ms"])


def _check_all(measured: dict[str, Any], wanted: dict[str, int]) -> None:
    if measured["statuses"] != wanted or measured["lost"]:
        raise BenchFailed(
            f"answers {measured['statuses']}, {measured['lost']} connections lost, "
            f"wanted {wanted}: {measured['samples']}"
        )


async def measure_capture(bench: Workbench, *, quick: bool) -> Report:
    """Run the benchmark; raises BenchFailed when counts differ or units were oversold."""
    return await measure(bench, QUICK if quick else Sizes())


async def measure(bench: Workbench, sizes: Sizes) -> Report:
    """Run the benchmark with given sizes."""
    machine = describe_machine() | await bench.check_durable()
    now = datetime.now(UTC)
    async with bench.database() as template:
        db = await Database.connect(template, max_size=2)
        try:
            business = await make_business(
                db, now, skus=sizes.skus, locations=sizes.locations, stock=PLENTY
            )
        finally:
            await db.close()
        async with (
            bench.database(name_of(template)) as url,
            bench.database(name_of(template)) as bare_url,
        ):
            writer = BareWriter(business)
            await writer.open(bare_url)
            try:
                with serving(url) as server:
                    runs, counted = await _rounds(
                        _Bench(server, business, writer, sizes), url, bare_url
                    )
                    oversold = await _scarce(server, business, url, sizes, runs)
            finally:
                await writer.close()
    ratios = _ratios(runs)
    rates = {name: statistics.median(values) for name, values in runs.rates.items()}
    return Report(
        bench="capture",
        figures=ratios
        | {"oversold_units": oversold}
        | {f"{name}_orders_per_s": rate for name, rate in rates.items() if name != "baseline"},
        baseline={
            "orders_per_s": rates["baseline"],
            "what": "the same rows by a bare asyncpg loop: 2 connections, batches of 200",
            "rows_per_order": counted,
        },
        machine=machine,
        sizes=msgspec.structs.asdict(sizes),
        rows=[
            Row(name, "orders/s", values, _latency(runs, name))
            for name, values in runs.rates.items()
        ],
    )


def _latency(runs: _Runs, name: str) -> str:
    values = runs.p95_ms.get(name)
    return f"p95 {statistics.median(values):.0f} ms" if values else ""


def _ratios(runs: _Runs) -> dict[str, float]:
    """Return the ratios of the issue, each the worse one of both numbers of connections."""
    spread = {n: runs.ratio(f"spread_{n}", "baseline") for n in CONNECTIONS}
    hot = {n: runs.ratio(f"hot_{n}", f"spread_{n}") for n in CONNECTIONS}
    figures = {
        "ratio_spread": min(spread.values()),
        "ratio_hot": min(hot.values()),
        "ratio_batch": runs.ratio("batch", "baseline"),
    }
    for name, values in (("ratio_spread", spread), ("ratio_hot", hot)):
        figures |= {f"{name}_{n}": value for n, value in values.items()}
    return figures


async def _rounds(bench: _Bench, url: str, bare_url: str) -> tuple[_Runs, dict[str, float]]:
    """Warm both sides, compare what one run of each writes, then measure round after round."""
    sizes = bench.sizes
    await bench.bare(sizes.warm_orders)
    await bench.single("warm", CONNECTIONS[0], sizes.warm_orders, hot=False)
    bench.runs = _Runs()
    counted = {}
    for number in range(sizes.rounds):
        before = await count_rows(url), await count_rows(bare_url)
        await bench.bare(sizes.orders)
        await bench.single("spread_64", 64, sizes.orders, hot=False)
        if number == 0:
            after = await count_rows(url), await count_rows(bare_url)
            counted = _equal_counts(before, after, sizes.orders)
        await bench.single("spread_256", 256, sizes.orders, hot=False)
        await bench.batches(sizes.orders)
        await bench.single("hot_64", 64, sizes.orders, hot=True)
        await bench.single("hot_256", 256, sizes.orders, hot=True)
    return bench.runs, counted


def _equal_counts(
    before: tuple[dict[str, int], dict[str, int]],
    after: tuple[dict[str, int], dict[str, int]],
    orders: int,
) -> dict[str, float]:
    """Return the rows per order of each table; raises BenchFailed when both sides differ."""
    grown = [
        {table: rows - start[table] for table, rows in end.items() if rows != start[table]}
        for start, end in zip(before, after, strict=True)
    ]
    if grown[0] != grown[1]:
        raise BenchFailed(f"Argosy wrote {grown[0]}, the baseline wrote {grown[1]}")
    return {table: rows / orders for table, rows in grown[1].items()}


async def _scarce(
    server: Server, business: BenchBusiness, url: str, sizes: Sizes, runs: _Runs
) -> int:
    """Sell more of one SKU than there is, from 256 connections; return how much was oversold.

    Everything else of the database is verified as well.
    """
    hot, now = business.sku_ids[sku_code(1)], datetime.now(UTC)
    db = await Database.connect(url, max_size=2)
    try:
        async with db.transaction() as tx:
            await tx.execute(sql("take_free_units"), hot, now)
        await receive(db, [hot], [business.location_ids["L001"]], sizes.scarce_units, now)
        measured = await send_load(
            {
                "kind": "orders",
                "first": 0,
                "count": sizes.scarce_orders,
                "prefix": "scarce",
                "skus": sizes.skus,
                "hot": True,
                "port": server.port,
                "key": business.key,
                "path": "/v1/orders",
                "connections": CONNECTIONS[-1],
            }
        )
        statuses, samples = measured["statuses"], measured["samples"]
        if set(statuses) != {"201", "409"}:
            raise BenchFailed(f"scarce stock answered {statuses}: {samples}")
        runs.note("scarce", measured["per_second"], measured["p95_ms"])
        findings = await verify_database(db)
        if findings:
            raise BenchFailed(f"the books are wrong afterwards: {findings[:5]}")
        async with db.reading() as tx:
            (sold,) = await tx.fetch(sql("count_sold"), "scarce-", hot)
    finally:
        await db.close()
    if sold["orders"] != statuses["201"]:
        raise BenchFailed(f"{statuses} answered, {sold['orders']} orders stand")
    return max(0, int(sold["units"]) - sizes.scarce_units) + int(sold["beyond"])
