"""`argosy import` as people run it: exit codes, summary, and killed at any moment."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from argosy.kernel.database import Database
from tests.business import Business
from tests.imports.conftest import Fetch
from tests.imports.test_orders import order, written


async def run(database_url: str, *arguments: str) -> tuple[int, dict[str, object], str]:
    """Run the command to its end; return its exit code, its summary and what it said."""
    process = await start(database_url, *arguments)
    out, said = await process.communicate()
    return process.returncode or 0, json.loads(out) if out else {}, said.decode()


async def start(database_url: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from argosy.cli import main; main()",
        "import",
        *arguments,
        "--json",
        env=os.environ | {"ARGOSY_DATABASE_URL": database_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_exit_codes_and_summary(plenty: Business, database_url: str, tmp_path: Path) -> None:
    path = written(tmp_path / "o.ndjson", [order(1), order(2, sku="NONE")])
    code, summary, _ = await run(database_url, "orders", str(path), "--channel", "web")
    assert code == 1
    assert (summary["made"], summary["refused"], summary["reasons"]) == (1, 1, {"sku_unknown": 1})
    good = written(tmp_path / "good.ndjson", [order(1), order(3)])
    code, summary, _ = await run(database_url, "orders", str(good), "--channel", "web")
    assert (code, summary["made"], summary["known"]) == (0, 1, 1)
    code, summary, said = await run(database_url, "orders", "none.ndjson", "--channel", "web")
    assert code == 2
    assert "no such file" in str(summary["error"])
    assert "no such file" in said


async def test_a_killed_import_is_started_again_and_does_nothing_twice(
    db: Database, plenty: Business, database_url: str, tmp_path: Path, fetch: Fetch
) -> None:
    orders = [
        order(n, sku="NONE") if n % 50 == 7 else order(n, ["MUG", "BOWL", "PLATE"][n % 3])
        for n in range(1200)
    ]
    path = written(tmp_path / "o.ndjson", orders)
    kills = 0
    for at_least in (1, 300, 800):
        process = await start(database_url, "orders", str(path), "--channel", "web")
        ended = asyncio.ensure_future(process.wait())
        while not ended.done():
            if (await fetch("select count(*) as n from orders"))[0]["n"] >= at_least:
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
        await ended
        await process.communicate()
    assert kills == 3
    code, summary, said = await run(database_url, "orders", str(path), "--channel", "web")
    assert (code, summary["records"], summary["refused"]) == (1, 1200, 24), said
    assert (await fetch("select count(*) as n from orders"))[0]["n"] == 1176
    assert (await fetch("select sum(reserved) as n from stock_balance"))[0]["n"] == 2 * 1176
    rejected = Path(str(summary["rejected_file"]))
    lines = await asyncio.to_thread(rejected.read_text)
    assert [json.loads(line)["at"] for line in lines.splitlines()] == [
        n + 1 for n in range(1200) if n % 50 == 7
    ]
