"""Catalogue rows and prices from files: one outcome a row."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from argosy.imports.model import Summary
from argosy.imports.rejects import rejects_path
from argosy.imports.rows import FileUnusable
from argosy.imports.tables import TABLES, nested, table_run
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from tests.business import Business
from tests.imports.conftest import Fetch


async def imported(
    db: Database, clock: FixedClock, kind: str, path: Path, *, dry_run: bool = False
) -> Summary:
    run = table_run(db, clock, kind, path, dry_run=dry_run)
    return await run.go(db, clock, rejects_path(path, None), dry_run=dry_run)


def rejected(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in rejects_path(path, None).read_text().splitlines()]


SKUS = """\
code,title,barcodes,weight_grams,components,active,attributes.color,preorder_until
CUP,Cup,4006381333948|cup-1,250,,true,blue,
MUG,"Mug, big",4006381333931,350,,yes,,
JUG,Jug,,0,,true,,
CUPS,Six cups,,,CUP:6|PLATE,,,
CUP,Cup again,,260,,true,,2026-03-01
BAD,Bad,4006381333932,,,,,
,No code,,,,,,
"""


async def test_skus_of_a_csv_file(
    db: Database, clock: FixedClock, business: Business, tmp_path: Path, fetch: Fetch
) -> None:
    path = tmp_path / "skus.csv"
    path.write_text(SKUS)
    tried = await imported(db, clock, "skus", path, dry_run=True)
    assert (await fetch("select count(*) as n from sku"))[0]["n"] == len(business.skus)
    summary = await imported(db, clock, "skus", path)
    for each in (tried, summary):
        assert (each.records, each.made, each.changed, each.refused) == (7, 3, 1, 4)
        assert each.reasons == {
            "wrong_type": 1,
            "invalid_value": 1,
            "barcode_invalid": 1,
            "required": 1,
        }
    cup = (await fetch("select * from sku where code = 'CUP'"))[0]
    assert (cup["title"], cup["weight_grams"], cup["attributes"]) == ("Cup again", 260, {})
    parts = await fetch(
        "select quantity from kit_component k join sku s on s.sku_id = k.kit_sku_id"
        " where s.code = 'CUPS' order by 1"
    )
    assert [part["quantity"] for part in parts] == [1, 6]
    assert [each["at"] for each in rejected(path)] == [3, 4, 7, 8]


async def test_rejected_rows_can_be_corrected_and_imported(
    db: Database, clock: FixedClock, business: Business, tmp_path: Path
) -> None:
    path = tmp_path / "locations.ndjson"
    rows = [
        {"code": "leeds", "name": "Leeds", "kind": "store", "country": "GB", "time_zone": "Mars"},
        {"code": "york", "name": "York", "kind": "store", "country": "GB"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{no json\n")
    summary = await imported(db, clock, "locations", path)
    assert (summary.made, summary.refused) == (1, 2)
    lines = rejected(path)
    lines[0]["record"]["time_zone"] = "Europe/London"
    lines[1]["text"] = json.dumps(rows[1] | {"code": "hull"})
    fixed = tmp_path / "fixed.ndjson"
    fixed.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert (await imported(db, clock, "locations", fixed)).made == 2


async def test_parquet_prices(
    db: Database, clock: FixedClock, business: Business, tmp_path: Path, fetch: Fetch
) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    lists = tmp_path / "lists.csv"
    lists.write_text("code,name,currency,channel\nretail,Retail,GBP,web\n")
    assert (await imported(db, clock, "price-lists", lists)).made == 1
    path = tmp_path / "prices.parquet"
    table = arrow.table(
        {
            "price_list": ["retail", "retail", "trade"],
            "sku": ["MUG", "BOWL", "MUG"],
            "unit_price": ["2.55", "3", "1"],
            "min_quantity": [1, 5, 1],
        }
    )
    parquet.write_table(table, path)
    summary = await imported(db, clock, "prices", path)
    assert (summary.made, summary.reasons) == (2, {"price_list_unknown": 1})
    again = await imported(db, clock, "prices", path)
    assert (again.made, again.known, again.refused) == (0, 2, 1)
    assert (await fetch("select sum(unit_price) as n from price"))[0]["n"] == Decimal("5.55")


def test_cells_become_documents() -> None:
    assert nested(
        {
            "code": " A ",
            "address.city": "Leeds",
            "address.line1": "",
            "barcodes": "1|2| ",
            "components": "X:2|a:b:3|Y",
            "opening_hours": '{"mon": [["09:00", "17:00"]]}',
            "empty": None,
        }
    ) == {
        "code": "A",
        "address": {"city": "Leeds"},
        "barcodes": ["1", "2"],
        "components": [
            {"sku": "X", "quantity": "2"},
            {"sku": "a:b", "quantity": "3"},
            {"sku": "Y"},
        ],
        "opening_hours": {"mon": [["09:00", "17:00"]]},
    }


def test_unknown_mappings_are_refused(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="no mapping"):
        table_run(db, clock, "prices", tmp_path / "x.csv", "olist")
    with pytest.raises(FileUnusable, match="no such file"):
        table_run(db, clock, "prices", tmp_path / "x.csv")
    assert set(TABLES) >= {"skus", "products", "locations", "prices"}
