"""Catalogue rows and prices from files: each row is what the API takes, in cells."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from argosy.catalogue import LocationRow, ProductRow, SkuRow, door as catalogue
from argosy.identity import Actor
from argosy.imports import olist, online_retail
from argosy.imports.model import Fault, Rejected
from argosy.imports.orders import retail_lines
from argosy.imports.rows import FileUnusable, digest_of, format_of, read_lines, read_table
from argosy.imports.run import Batching, Fate, Run, Taken, skipped
from argosy.kernel.bodies import refuse_nul
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database, Tx
from argosy.kernel.problems import Problem, fault_of
from argosy.kernel.refusals import Refused
from argosy.promotions import PriceListRow, PriceRow, PromotionCodeRow, door as promotions, fold

BATCH = 500
BY = Actor("system", "import")
_LISTS = frozenset({"barcodes", "channels"})

Outcomes = Sequence[Any]
Command = Callable[[Tx, Sequence[Any], datetime], Awaitable[Outcomes]]


class Table(Struct, frozen=True):
    """What a file of one kind holds, what tells its rows apart, and the command that takes them."""

    row: Any
    key: Callable[[Any], object]
    take: Command


async def _products(tx: Tx, rows: Sequence[Any], now: datetime) -> Outcomes:
    return await catalogue.upsert_products(tx, rows, by=BY, now=now)


async def _skus(tx: Tx, rows: Sequence[Any], now: datetime) -> Outcomes:
    return await catalogue.upsert_skus(tx, rows, by=BY, now=now)


async def _locations(tx: Tx, rows: Sequence[Any], now: datetime) -> Outcomes:
    return await catalogue.upsert_locations(tx, rows, by=BY, now=now)


async def _price_lists(tx: Tx, rows: Sequence[Any], now: datetime) -> Outcomes:
    return await promotions.upsert_price_lists(tx, rows, by=BY, now=now)


async def _prices(tx: Tx, rows: Sequence[Any], now: datetime) -> Outcomes:
    return await promotions.upsert_prices(tx, rows, by=BY, now=now)


async def _codes(tx: Tx, rows: Sequence[Any], now: datetime) -> Outcomes:
    return await promotions.upsert_promotion_codes(tx, rows, by=BY, now=now)


TABLES = {
    "products": Table(ProductRow, lambda row: row.code, _products),
    "skus": Table(SkuRow, lambda row: row.code, _skus),
    "locations": Table(LocationRow, lambda row: row.code, _locations),
    "price-lists": Table(PriceListRow, lambda row: row.code, _price_lists),
    "prices": Table(PriceRow, lambda row: (row.price_list, row.sku, row.min_quantity), _prices),
    "promotion-codes": Table(PromotionCodeRow, lambda row: fold(row.code), _codes),
}


class TableRecord(Struct):
    """A row of a file, or why it is none; `content` is what a rejection would write."""

    at: int
    row: Any
    faults: list[Fault]
    content: dict[str, Any]


class _KeepNothing(Exception):  # noqa: N818
    """Ends a dry run's transaction; carries what would have come of it."""

    def __init__(self, outcomes: Outcomes) -> None:
        super().__init__("kept nothing")
        self.outcomes = outcomes


def nested(cells: dict[str, Any]) -> dict[str, Any]:
    """Return cells of a table as the document they stand for; empty cells are left out.

    `address.city` goes into `address`; `barcodes` and `components` have several values in a cell;
    what begins like JSON (`{`, `[`) in a cell of a nested column is JSON.
    """
    document: dict[str, Any] = {}
    for name, cell in cells.items():
        value = cell.strip() if isinstance(cell, str) else cell
        if value is None or value == "" or not name:
            continue
        path, _, part = name.partition(".")
        if part:
            inner = document.setdefault(path, {})
            if isinstance(inner, dict):
                inner[part] = value
        elif isinstance(value, str) and value[0] in "{[":
            document[name] = _json(value)
        elif name == "components" and isinstance(value, str):
            document[name] = [_component(each) for each in value.split("|") if each.strip()]
        elif name in _LISTS and not isinstance(value, list):
            document[name] = [each.strip() for each in str(value).split("|") if each.strip()]
        else:
            document[name] = value
    return document


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _component(text: str) -> dict[str, Any]:
    sku, colon, quantity = text.strip().rpartition(":")
    return {"sku": sku, "quantity": quantity} if colon else {"sku": quantity}


def _record(number: int, document: Any, kind: Any) -> TableRecord:
    content = {"record": document}
    try:
        refuse_nul(document)
        # Cells are text: "12" is a number where one is wanted, "true" a yes.
        return TableRecord(number, msgspec.convert(document, kind, strict=False), [], content)
    except msgspec.ValidationError as error:
        fault = fault_of(error)
        return TableRecord(number, None, [Fault(fault.code, fault.pointer, fault.detail)], content)
    except Problem as problem:
        faults = [Fault(each.code, each.pointer, each.detail) for each in problem.errors]
        return TableRecord(number, None, faults, content)


def _from_lines(path: Path, kind: Any) -> Iterator[TableRecord]:
    for number, line in read_lines(path):
        try:
            document = msgspec.json.decode(line)
            if isinstance(document, dict) and "errors" in document and "text" in document:
                document = msgspec.json.decode(str(document["text"]))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            fault = Fault("malformed_json", None, f"The line is not JSON: {error}.")
            text = line.decode(errors="replace").rstrip("\r\n")
            yield TableRecord(number, None, [fault], {"text": text})
            continue
        if isinstance(document, dict) and "errors" in document and "record" in document:
            document = document["record"]
        yield _record(number, document, kind)


def _from_table(path: Path, kind: Any) -> Iterator[TableRecord]:
    for row in read_table(path):
        yield _record(row.number, nested(row.cells), kind)


def _made(rows: Iterable[Any]) -> Iterator[TableRecord]:
    for number, row in enumerate(rows, 1):
        yield TableRecord(number, row, [], {"record": msgspec.to_builtins(row)})


def _records(kind: str, path: Path, mapping: str | None) -> Callable[[], Iterator[TableRecord]]:
    table = TABLES[kind]
    if mapping == "online_retail" and kind == "skus":
        return lambda: _made(online_retail.skus_of(retail_lines(path)))
    if mapping == "olist" and kind == "skus":
        return lambda: _made(olist.skus(olist.Market.read(path)))
    if mapping == "olist" and kind == "locations":
        return lambda: _made(olist.locations(olist.Market.read(path)))
    if mapping is not None:
        raise FileUnusable(f"There is no mapping {mapping!r} of {kind}.")
    if not path.is_file():
        raise FileUnusable(f"{path}: there is no such file.")
    if format_of(path) == "ndjson":
        return lambda: _from_lines(path, table.row)
    return lambda: _from_table(path, table.row)


def table_run(
    db: Database,
    clock: Clock,
    kind: str,
    path: Path,
    mapping: str | None = None,
    *,
    dry_run: bool = False,
) -> Run[TableRecord]:
    """Return the run over a file of `kind`, one of TABLES; raises FileUnusable."""
    records = _records(kind, path, mapping)
    file = path / "order_items.parquet" if path.is_dir() else path

    async def take(batch: list[TableRecord]) -> list[Fate]:
        return await _take(db, TABLES[kind], batch, clock.now(), keep=not dry_run)

    return Run(
        kind=kind,
        source=path,
        digest=digest_of(file, kind, mapping or ""),
        records=lambda skip: skipped(records(), skip),
        take=take,
        batching=Batching(BATCH, BATCH, lambda _: 1),
    )


async def _take(
    db: Database, table: Table, batch: list[TableRecord], now: datetime, *, keep: bool
) -> list[Fate]:
    async def work(tx: Tx) -> list[Fate]:
        fates: list[Fate] = []
        for part in _apart(batch, table.key):
            rows = [each.row for each in part if not each.faults]
            outcomes = iter(await table.take(tx, rows, now) if rows else [])
            fates += [_fate(each, outcomes) for each in part]
        if not keep:
            raise _KeepNothing(fates)
        return fates

    try:
        return await db.run(work)
    except _KeepNothing as nothing:
        return list(nothing.outcomes)


def _apart(batch: list[TableRecord], key: Callable[[Any], object]) -> Iterator[list[TableRecord]]:
    """Return the batch in parts without a repeated key, so that the later of two rows counts."""
    part: list[TableRecord] = []
    seen: set[object] = set()
    for each in batch:
        name = None if each.faults else key(each.row)
        if name in seen:
            yield part
            part, seen = [], set()
        part.append(each)
        if name is not None:
            seen.add(name)
    yield part


def _fate(each: TableRecord, outcomes: Iterator[Any]) -> Fate:
    if each.faults:
        return Rejected(each.at, each.faults, each.content)
    outcome = next(outcomes)
    if isinstance(outcome, Refused):
        fault = Fault(outcome.code.value, outcome.pointer, outcome.detail)
        return Rejected(each.at, [fault], each.content)
    return Taken({"created": "made", "changed": "changed"}.get(outcome.change, "known"))
