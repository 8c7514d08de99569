"""Orders from files: every form, rejected records, stops and repetitions."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from argosy.imports.model import Summary
from argosy.imports.orders import order_run, order_source
from argosy.imports.rejects import rejects_path
from argosy.imports.rows import FileUnusable
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from tests.business import Business
from tests.imports.conftest import Fetch

ADDRESS = {"country": "GB", "line1": "1 High Street", "city": "London", "postal_code": "N1 1AA"}


def order(number: int, sku: str = "MUG", **more: Any) -> dict[str, Any]:
    return {
        "external_id": f"A-{number}",
        "currency": "GBP",
        "placed_at": f"2026-01-0{number % 4 + 1}T08:00:00Z",
        "ship_to": ADDRESS,
        "lines": [{"sku": sku, "quantity": 2, "unit_price": "2.50", "amount_minor": 500}],
        "total_minor": 500,
        **more,
    }


def written(path: Path, orders: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in orders))
    return path


async def imported(
    db: Database,
    clock: FixedClock,
    path: Path,
    *,
    mapping: str | None = None,
    stop_after: int | None = None,
    dry_run: bool = False,
    most: int = 3,
) -> Summary:
    """Import a file in small batches, stopped after some of them."""
    source = order_source(path, "web", mapping)
    run = order_run(db, clock, path, source, dry_run=dry_run)
    run.batching = type(run.batching)(most, 10_000, run.batching.weight)
    told: list[int] = []
    return await run.go(
        db,
        clock,
        rejects_path(path, None),
        told=lambda summary: told.append(summary.records),
        stopped=lambda: stop_after is not None and len(told) >= stop_after,
        dry_run=dry_run,
    )


async def test_pain_44_a_file_can_be_imported_again_at_any_time(
    db: Database, clock: FixedClock, plenty: Business, tmp_path: Path, fetch: Fetch
) -> None:
    orders = [order(n) for n in range(10)]
    random.Random(4).shuffle(orders)
    path = written(tmp_path / "orders.ndjson", [*orders, orders[0], orders[5]])
    first = await imported(db, clock, path)
    assert (first.records, first.made, first.known, first.refused) == (12, 10, 2, 0)
    again = await imported(db, clock, path)
    assert (again.records, again.made, again.known, again.refused) == (12, 0, 12, 0)
    assert (await fetch("select count(*) as n from orders"))[0]["n"] == 10
    assert (await fetch("select sum(reserved) as n from stock_balance"))[0]["n"] == 20
    assert not rejects_path(path, None).exists()


async def test_rejected_records_can_be_corrected_and_imported(
    db: Database, clock: FixedClock, plenty: Business, tmp_path: Path, fetch: Fetch
) -> None:
    bad_total = order(1, total_minor=499)
    path = tmp_path / "orders.ndjson"
    path.write_text(
        json.dumps(order(0))
        + "\n"
        + json.dumps(bad_total)
        + "\n\n"
        + '{"external_id": "A-2",\n'
        + json.dumps(order(3, sku="NONE"))
        + "\n"
        + json.dumps(order(4, surprise=1))
        + "\n"
    )
    summary = await imported(db, clock, path)
    assert (summary.made, summary.refused) == (1, 4)
    assert summary.reasons == {
        "total_mismatch": 1,
        "malformed_json": 1,
        "sku_unknown": 1,
        "unknown_field": 1,
    }
    assert summary.rejected_file == str(rejects_path(path, None))
    rejected = [json.loads(line) for line in rejects_path(path, None).read_text().splitlines()]
    assert [each["at"] for each in rejected] == [2, 4, 5, 6]
    assert rejected[0]["errors"][0]["pointer"] == "/total_minor"
    assert rejected[1]["text"].startswith('{"external_id": "A-2"')
    rejected[0]["record"]["total_minor"] = 500
    rejected[1]["text"] = json.dumps(order(2))
    rejected[2]["record"]["lines"][0]["sku"] = "BOWL"
    del rejected[3]["record"]["surprise"]
    fixed = written(tmp_path / "fixed.ndjson", rejected)
    corrected = await imported(db, clock, fixed)
    assert (corrected.made, corrected.refused) == (4, 0)
    assert (await fetch("select count(*) as n from orders"))[0]["n"] == 5


async def test_a_stopped_import_goes_on_where_it_was(
    db: Database, clock: FixedClock, plenty: Business, tmp_path: Path, fetch: Fetch
) -> None:
    orders = [order(n, sku="NONE" if n % 4 == 1 else "MUG") for n in range(10)]
    path = written(tmp_path / "orders.ndjson", orders)
    first = await imported(db, clock, path, stop_after=2)
    assert not first.finished
    assert first.records == 6
    rejects = rejects_path(path, None)
    # What was written after the last progress, as by a process killed before it said so.
    with rejects.open("a") as file:
        file.write('{"at": 99, "errors": [], "rec')
    second = await imported(db, clock, path)
    assert second.finished
    assert second.resumed_after == 6
    assert (second.records, second.made, second.refused) == (10, 7, 3)
    assert [json.loads(line)["at"] for line in rejects.read_text().splitlines()] == [2, 6, 10]
    assert (await fetch("select count(*) as n from orders"))[0]["n"] == 7


async def test_lost_rejects_are_found_again_from_the_start(
    db: Database, clock: FixedClock, plenty: Business, tmp_path: Path
) -> None:
    path = written(tmp_path / "o.ndjson", [order(n, sku="NONE") for n in range(6)])
    await imported(db, clock, path, stop_after=1)
    rejects_path(path, None).unlink()
    summary = await imported(db, clock, path)
    assert (summary.resumed_after, summary.refused) == (0, 6)
    assert len(rejects_path(path, None).read_text().splitlines()) == 6


async def test_corrections_under_way_are_not_overwritten(
    db: Database, clock: FixedClock, plenty: Business, tmp_path: Path
) -> None:
    path = written(tmp_path / "o.ndjson", [order(1, sku="NONE")])
    await imported(db, clock, path)
    rejects_path(path, None).write_text("somebody is editing this\n")
    await imported(db, clock, path)
    aside = rejects_path(path, None).with_name("o.ndjson.rejected.ndjson.1")
    assert aside.read_text() == "somebody is editing this\n"


async def test_two_imports_of_one_file_do_not_run_together(
    db: Database, clock: FixedClock, plenty: Business, tmp_path: Path
) -> None:
    path = written(tmp_path / "o.ndjson", [order(1)])
    source = order_source(path, "web", None)
    run = order_run(db, clock, path, source)

    class Second(Exception):  # noqa: N818
        pass

    async def meanwhile(batch: Any) -> Any:
        with pytest.raises(FileUnusable, match="in use"):
            await imported(db, clock, path)
        raise Second

    run.take = meanwhile
    with pytest.raises(Second):
        await run.go(db, clock, rejects_path(path, None))


async def test_a_dry_run_keeps_nothing(
    db: Database, clock: FixedClock, plenty: Business, tmp_path: Path, fetch: Fetch
) -> None:
    path = written(tmp_path / "o.ndjson", [order(1), order(1), order(2, sku="NONE")])
    summary = await imported(db, clock, path, dry_run=True)
    assert (summary.made, summary.known, summary.refused) == (1, 1, 1)
    for table in ("orders", "event", "import_file", "reservation"):
        count = await fetch(
            f"select count(*) as n from {table} where to_jsonb({table}) ? 'order_id'"
        )
        assert count[0]["n"] == 0
    assert not rejects_path(path, None).exists()
    assert (await imported(db, clock, path)).made == 1


CSV = """\
order,placed_at,country,line1,city,postal_code,currency,sku,quantity,unit_price,shipping,total,email
1,2026-01-02T10:00,GB,1 High St,London,N1 1AA,GBP,MUG,2,2.555,3.50,,a@example.com
2,2026-01-02T11:00+01:00,GB,2 High St,London,N1 1AA,GBP,BOWL,1,4.00,,4.00,
1,,,,,,,PLATE,1,1.00,,,
3,2026-01-02,GB,3 High St,London,N1 1AA,GBP,MUG,1.5,1.00,,,
4,2026-01-02,GB,3 High St,London,N1 1AA,GBP,,1,1.00,,,
5,2026-01-02,GB,3 High St,London,N1 1AA,GBP,MUG,1,1.00,,1.001,
6,02.01.2026,GB,3 High St,London,N1 1AA,GBP,MUG,1,1.00,,,
7,2026-01-02,GB,3 High St,London,N1 1AA,XXQ,MUG,1,1.00,,,
"""


async def test_csv_rows_of_one_order_go_together(
    db: Database, clock: FixedClock, plenty: Business, tmp_path: Path, fetch: Fetch
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(CSV)
    summary = await imported(db, clock, path)
    assert (summary.made, summary.refused) == (2, 5)
    assert summary.reasons == {"invalid_value": 3, "required": 1, "currency_unknown": 1}
    placed = await fetch(
        "select external_id, total_minor, placed_at,"
        " (select count(*) from order_line l where l.order_id = o.order_id) as lines"
        " from orders o order by external_id"
    )
    assert [(row["external_id"], row["total_minor"], row["lines"]) for row in placed] == [
        ("1", 511 + 100 + 350, 2),
        ("2", 400, 1),
    ]
    assert placed[1]["placed_at"].isoformat() == "2026-01-02T10:00:00+00:00"
    rejected = [json.loads(line) for line in rejects_path(path, None).read_text().splitlines()]
    for each in rejected:
        each["rows"][0] |= {"quantity": 1, "sku": "MUG", "total": "", "currency": "GBP"}
        each["rows"][0]["placed_at"] = "2026-01-02"
    fixed = written(tmp_path / "fixed.ndjson", rejected)
    assert (await imported(db, clock, fixed)).made == 5


MAPPING = """\
[columns]
external_id = "Nummer"
sku = "Artikel"
quantity = "Menge"
unit_price = "Preis"
placed_at = "Datum"
country = "Land"
line1 = "Straße"
city = "Ort"
[defaults]
currency = "EUR"
gateway = "manual"
[values.country]
Deutschland = "DE"
[read]
decimal_comma = true
time_zone = "Europe/Berlin"
date_format = "%d.%m.%Y %H:%M"
"""


async def test_a_mapping_says_what_columns_are(
    db: Database, clock: FixedClock, plenty: Business, tmp_path: Path, fetch: Fetch
) -> None:
    path, mapping = tmp_path / "aufträge.csv", tmp_path / "map.toml"
    mapping.write_text(MAPPING)
    path.write_text(
        "\ufeffNummer;Datum;Artikel;Menge;Preis;Land;Straße;Ort\r\n"
        "7;02.01.2026 09:30;MUG;3;1.002,50;Deutschland;Allee 1;Berlin\r\n"
    )
    summary = await imported(db, clock, path, mapping=str(mapping))
    assert (summary.made, summary.reasons) == (1, {})
    placed = (await fetch("select * from orders"))[0]
    assert placed["total_minor"] == 300_750
    assert (await fetch("select sum(authorized_minor) as n from payment"))[0]["n"] == 300_750
    assert placed["placed_at"].isoformat() == "2026-01-02T08:30:00+00:00"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("o.txt", b"x", "a file ends in"),
        ("o.csv", b"", "names its columns"),
        ("o.csv", b"sku,quantity\n\xff\xfe,1\n", "not UTF-8"),
        ("o.parquet", b"no parquet", "o.parquet"),
        ("o.ndjson.gz", b"not gzip", "o.ndjson.gz"),
    ],
)
async def test_files_that_cannot_be_read_are_refused(
    db: Database,
    clock: FixedClock,
    business: Business,
    tmp_path: Path,
    name: str,
    content: bytes,
    why: str,
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileUnusable, match=why):
        await imported(db, clock, path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[columns]\nprice = 'x'", "no field 'price'"),
        ("[read]\ntime_zone = 'Nowhere/Land'", "Nowhere"),
        ("[columns", "mapping"),
        ("[surprise]\nx = 1", "surprise"),
    ],
)
def test_mappings_that_cannot_be_read_are_refused(tmp_path: Path, text: str, why: str) -> None:
    path, mapping = tmp_path / "o.csv", tmp_path / "m.toml"
    path.write_text("a\n")
    mapping.write_text(text)
    with pytest.raises(FileUnusable, match=why):
        order_source(path, "web", str(mapping))
