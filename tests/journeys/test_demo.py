"""The sample from capture to closed: the whole demo, in this process, over real HTTP."""

import asyncio
from pathlib import Path
from typing import Any

from argosy.cli.serve import listen
from argosy.demo.run import DemoSettings, Told, run_demo
from argosy.demo.summary import Summary
from argosy.kernel.settings import Settings


def _quietly(*_: Any) -> None:
    return


async def _run(url: str, folder: Path) -> Summary:
    quiet = Told(_quietly, _quietly, _quietly, _quietly, _quietly, _quietly)
    with listen("127.0.0.1", 0) as listener:
        asked = DemoSettings(listener, Settings(), folder, once=True)
        return await run_demo(url, asked, asyncio.Event(), quiet)


async def test_the_sample_runs_whole_and_a_second_run_changes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    said = await _run(database_url, tmp_path)
    assert said.findings == []
    assert said.orders + sum(said.sample["refused"].values()) == 618
    # Whatever has not ended waits for a person, for money or for stock, and little of it does.
    assert said.standing.get("in_progress", 0) == 0
    assert said.standing["ended"] > 0.85 * said.orders
    assert said.lifecycle["closed"] == said.fulfillment_status["delivered"]
    assert said.fulfillment_orders.keys() <= {"fulfilled", "rejected", "canceled"}
    assert said.invoices == said.shipments
    assert said.invoiced_minor["GBP"] <= said.captured_minor["GBP"]
    assert said.sample["not_orders"]["cancellation"] == 148
    assert said.sample["fee_lines"] == 107
    # No page is empty: something is held, late, short, and asks for a person.
    assert said.holds.keys() >= {"fraud", "address", "payment", "unknown_sku"}
    assert said.payment_status["failed"] > 0
    assert min(said.shipped_late, said.short_picks, said.backordered, said.promises_overdue) > 0
    assert sum(said.exceptions.values()) > 0
    again = await _run(database_url, tmp_path)
    assert again == said
