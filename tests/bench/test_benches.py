"""Each benchmark runs, on tiny sizes: it reports its figures, and refuses to report wrong work."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console

from argosy.bench import capture, inventory, lifecycle, reads
from argosy.bench.business import make_business
from argosy.bench.capture import _equal_counts
from argosy.bench.generator import generate_orders
from argosy.bench.report import Report, rounded, show
from argosy.bench.workbench import BenchFailed, StatementCount, Workbench
from argosy.kernel.database import Database
from argosy.kernel.postgres.cluster import Cluster
from argosy.verification import verify_database
from tests.conftest import ROOT

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def bench(server_url: str) -> Workbench:
    """Lend a bench on the tests' server, which does not wait for the disk."""
    if os.environ.get("ARGOSY_TEST_DATABASE_URL"):
        return Workbench(server_url, None, durable=False)
    folder = Path(os.environ.get("ARGOSY_TEST_DATA_DIR", ROOT / ".argosy" / "test-postgres"))
    return Workbench(server_url, Cluster(folder).log, durable=False)


def check(report: Report, *figures: str) -> None:
    """Check the shape that `--json` prints, and that people can be shown the report."""
    printed = json.loads(json.dumps(rounded(report.as_dict())))
    assert list(printed) == ["bench", "figures", "baseline", "machine"]
    assert printed["machine"]["cores"] >= 1
    assert printed["machine"]["sizes"]
    assert printed["baseline"]["what"]
    for name in figures:
        assert isinstance(printed["figures"][name], int | float), name
    shown = StringIO()
    show(report, Console(file=shown, width=200))
    assert report.bench in shown.getvalue()
    assert figures[0] in shown.getvalue()


async def test_capture_compares_equal_rows_and_oversells_nothing(bench: Workbench) -> None:
    sizes = capture.Sizes(
        orders=60,
        rounds=1,
        warm_orders=20,
        skus=40,
        scarce_units=50,
        scarce_orders=60,
        batch_orders=20,
    )
    report = await capture.measure(bench, sizes)
    check(report, "ratio_spread", "ratio_hot", "ratio_batch", "oversold_units")
    assert report.figures["oversold_units"] == 0
    assert report.baseline["rows_per_order"]["order_line"] == 3


def test_capture_refuses_to_compare_different_work() -> None:
    before = {"orders": 5, "event": 5}
    with pytest.raises(BenchFailed, match="the baseline wrote"):
        _equal_counts(
            (before, before), ({"orders": 15, "event": 15}, {"orders": 15, "event": 14}), 10
        )


async def test_lifecycle_brings_every_order_to_its_end(bench: Workbench) -> None:
    report = await lifecycle.measure(bench, lifecycle.Sizes(orders=40, runs=1, skus=20))
    figures = ["orders_per_s"] + (["statements_per_order"] if bench.log else [])
    check(report, *figures)


async def test_reads_ask_databases_of_several_sizes(bench: Workbench) -> None:
    sizes = reads.Sizes(orders=(50, 150), rounds=1, requests=5, skus=30, locations=5, asked_skus=10)
    report = await reads.measure(bench, sizes)
    check(report, "list_growth", "deep_page_growth", "detail_growth", "availability_growth")


async def test_inventory_feeds_what_the_baseline_sets(bench: Workbench) -> None:
    sizes = inventory.Sizes(
        feeds=6, positions=20, rounds=1, skus=60, locations=3, connections=3, orders=30
    )
    report = await inventory.measure(bench, sizes)
    check(report, "positions_per_s", "server_rss_mb", "worker_rss_mb", "cold_start_s")


async def test_generated_orders_verify_and_are_the_same_for_a_seed(
    db: Database, database_url: str
) -> None:
    business = await make_business(db, NOW, skus=20, locations=4, stock=0)
    await generate_orders(database_url, business, 300, NOW, seed=7)
    assert await verify_database(db) == []
    async with db.reading() as tx:
        states = await tx.fetch(
            "select lifecycle, fulfillment_status, active_holds > 0, count(*) from orders "
            "group by 1, 2, 3"
        )
        last = await tx.fetchval("select order_id from orders order by order_id desc limit 1")
        indexes = await tx.fetchval("select count(*) from pg_indexes where schemaname = 'public'")
    assert len(states) >= 5, "placed, held, allocated, shipped and closed orders"
    assert last.bytes[:6] < int(NOW.timestamp() * 1000).to_bytes(6, "big")
    assert last.hex[-12:] == await _tail_of_last(database_url)
    assert indexes > 100, "keys and indexes were made again"


async def _tail_of_last(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        tail: str = await connection.fetchval(
            "select lpad(to_hex(hashint8extended(300, 7) & 281474976710655), 12, '0')"
        )
    finally:
        await connection.close()
    return tail


async def test_statements_are_counted_with_begin_and_commit(
    bench: Workbench, database_url: str
) -> None:
    count = StatementCount(bench, database_url)
    await count.begin()
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.fetchval("select 1")
            await connection.fetchval("select $1::int", 2)
        await connection.execute("select 3; select 4;")
    finally:
        await connection.close()
    assert await count.count() == (None if bench.log is None else 6)
    await count.end()


@pytest.mark.parametrize("measure", [capture.measure_capture, reads.measure_reads])
async def test_commits_must_be_durable(
    bench: Workbench, measure: Callable[..., object], server_url: str
) -> None:
    if os.environ.get("ARGOSY_TEST_DATABASE_URL"):
        return
    with pytest.raises(BenchFailed, match="durable"):
        await measure(Workbench(server_url, None), quick=True)
