"""Orders from files: NDJSON in the API's own form, tables by a mapping, and known data sets."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from argosy.imports import olist, online_retail
from argosy.imports.mapping import Assembler, OrderMapping, read_mapping
from argosy.imports.model import Fault, Rejected
from argosy.imports.rows import (
    FileUnusable,
    Numbered,
    digest_of,
    format_of,
    grouped,
    read_lines,
    read_table,
)
from argosy.imports.run import Batching, Fate, Run, Taken, skipped
from argosy.kernel.bodies import refuse_nul
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.problems import Problem, fault_of
from argosy.orders import PlaceOrder, door as orders

BATCH = 300
MOST_LINES = 8000
BY = "system:import"
BUILT_IN = ("online_retail", "olist")


class OrderRecord(Struct):
    """An order of a file, or why there is none; `content` is what a rejection would write."""

    at: int
    order: PlaceOrder | None
    faults: list[Fault]
    content: dict[str, Any] | None = None


def decode_order(document: Any, channel: str) -> PlaceOrder | list[Fault]:
    """Return the order in a JSON document; `channel` is that of orders that name none."""
    if isinstance(document, dict):
        document = {"channel": channel, **document}
    try:
        refuse_nul(document)
        return msgspec.convert(document, PlaceOrder)
    except msgspec.ValidationError as error:
        fault = fault_of(error)
        return [Fault(fault.code, fault.pointer, fault.detail)]
    except Problem as problem:
        return [Fault(each.code, each.pointer, each.detail) for each in problem.errors]


def _from_lines(path: Path, assembler: Assembler, skip: int) -> Iterator[OrderRecord]:
    for count, (number, line) in enumerate(read_lines(path)):
        if count >= skip:
            yield _from_line(number, line, assembler)


def _from_line(number: int, line: bytes, assembler: Assembler) -> OrderRecord:
    """Return the order on a line: plain, or as it stands in a file of rejected records."""
    try:
        document = msgspec.json.decode(line)
        if isinstance(document, dict) and "text" in document and "errors" in document:
            line = str(document["text"]).encode()
            document = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fault = Fault("malformed_json", None, f"The line is not JSON: {error}.")
        text = line.decode(errors="replace").rstrip("\r\n")
        return OrderRecord(number, None, [fault], {"text": text})
    if isinstance(document, dict) and "errors" in document:
        if "rows" in document:
            return _from_rows([Numbered(number, row) for row in document["rows"]], assembler)
        document = document.get("record", document)
    made = decode_order(document, assembler.channel)
    if isinstance(made, list):
        return OrderRecord(number, None, made, {"record": document})
    return OrderRecord(number, made, [], {"record": document})


def _from_rows(rows: list[Numbered], assembler: Assembler) -> OrderRecord:
    made = assembler.order_of(rows)
    if isinstance(made, list):
        cells = [
            {name: cell for name, cell in row.cells.items() if cell is not None} for row in rows
        ]
        return OrderRecord(rows[0].number, None, made, {"rows": cells})
    return OrderRecord(rows[0].number, made, [])


def _from_table(path: Path, assembler: Assembler) -> Iterator[OrderRecord]:
    rows = read_table(path, assembler.mapping.read.delimiter)
    for group in grouped(rows, assembler.key):
        yield _from_rows(group, assembler)


def _ready(made: Iterable[PlaceOrder]) -> Iterator[OrderRecord]:
    for number, order in enumerate(made, 1):
        yield OrderRecord(number, order, [])


class OrderSource(Struct):
    """Where orders come from: the records after the first `skip`, and a report of the rest."""

    digest: bytes
    records: Callable[[int], Iterator[OrderRecord]]
    report: Any = None


def order_source(path: Path, channel: str, mapping: str | None) -> OrderSource:
    """Return the orders of a file; `mapping` is a TOML file or one of BUILT_IN.

    Raises FileUnusable.
    """
    if mapping in BUILT_IN:
        return _built_in(path, channel, mapping)
    if not path.is_file():
        raise FileUnusable(f"{path}: there is no such file.")
    rules, text = read_mapping(Path(mapping) if mapping else None)
    kind = format_of(path)
    digest = digest_of(path, "orders", kind, channel, text)
    assembler = Assembler(rules, channel)
    if kind == "ndjson":
        return OrderSource(digest, lambda skip: _from_lines(path, assembler, skip))
    return OrderSource(digest, lambda skip: skipped(_from_table(path, assembler), skip))


def _built_in(path: Path, channel: str, mapping: str) -> OrderSource:
    if mapping == "olist":
        market = olist.Market.read(path)
        sold = olist.Report()
        return OrderSource(
            digest_of(path / "orders.parquet", "orders", mapping, channel),
            lambda skip: skipped(_ready(olist.orders(market, sold, channel=channel)), skip),
            sold,
        )
    report = online_retail.Report()

    def invoices(skip: int) -> Iterator[OrderRecord]:
        lines = retail_lines(path)
        made = online_retail.orders_of(lines, report, channel=channel)
        return skipped(_ready(made), skip)

    return OrderSource(digest_of(path, "orders", mapping, channel), invoices, report)


def retail_lines(path: Path) -> Iterator[online_retail.InvoiceLine]:
    """Return the lines of an Online Retail file (Parquet or CSV); raises FileUnusable."""
    for row in read_table(path):
        try:
            yield online_retail.line_of(row.cells)
        except (KeyError, ValueError, TypeError, ArithmeticError) as error:
            detail = f"{path}, row {row.number}: not a row of Online Retail ({error!r})."
            raise FileUnusable(detail) from None


def order_run(
    db: Database, clock: Clock, path: Path, source: OrderSource, *, dry_run: bool = False
) -> Run[OrderRecord]:
    """Return the run that places the orders of a file, or only tries to (`dry_run`)."""

    async def take(batch: list[OrderRecord]) -> list[Fate]:
        return await _take(db, batch, clock.now(), dry_run=dry_run)

    return Run(
        kind="orders",
        source=path,
        digest=source.digest,
        records=source.records,
        take=take,
        batching=Batching(
            BATCH, MOST_LINES, lambda each: len(each.order.lines) if each.order else 1
        ),
    )


async def _take(
    db: Database, batch: list[OrderRecord], now: datetime, *, dry_run: bool
) -> list[Fate]:
    asked = [each for each in batch if each.order is not None]
    requests = [orders.CaptureRequest(each.order, BY) for each in asked if each.order is not None]
    place = orders.preview_orders if dry_run else orders.place_orders
    outcomes = iter(await place(db, requests, now) if requests else [])
    fates: list[Fate] = []
    for each in batch:
        if each.order is None:
            fates.append(Rejected(each.at, each.faults, each.content or {}))
            continue
        outcome = next(outcomes)
        if isinstance(outcome, orders.Captured):
            fates.append(Taken("made" if outcome.created else "known"))
            continue
        faults = [Fault(f.code.value, f.pointer, f.detail) for f in outcome.faults]
        content = each.content or {"record": msgspec.to_builtins(each.order)}
        fates.append(Rejected(each.at, faults, content))
    return fates


__all__ = [
    "BUILT_IN",
    "OrderMapping",
    "OrderRecord",
    "OrderSource",
    "decode_order",
    "order_run",
    "order_source",
]
