"""`argosy import`: orders and catalogue rows from files."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import uvloop
from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from argosy.cli.runtime import migrated, started, stop_signals
from argosy.imports.model import Summary
from argosy.imports.orders import order_run, order_source
from argosy.imports.rejects import rejects_path
from argosy.imports.rows import FileUnusable
from argosy.imports.run import Run
from argosy.imports.tables import TABLES, table_run
from argosy.kernel.clock import SystemClock
from argosy.kernel.database import Database

app = App(
    name="import",
    help="Import orders and catalogue files; exits with 1 when records were rejected.",
)

Json = Annotated[bool, Parameter(name="--json")]

SOME_REJECTED = 1
UNUSABLE = 2
STOPPED = 130

Open = Callable[[Database], tuple[Run[Any], Any]]


@app.command
def orders(
    file: Path,
    *,
    channel: str,
    mapping: str | None = None,
    rejected: Path | None = None,
    dry_run: bool = False,
    as_json: Json = False,
) -> None:
    """Import orders from NDJSON (the API's own form), CSV or Parquet (one line of an order a row).

    An order that stands already is left as it is, so a file can be imported again at any time; one
    that was stopped goes on where it was. Exits with 0, 1 (some were rejected), 2 (the file cannot
    be used) or 130 (stopped).

    Parameters
    ----------
    file
        The file; for `--mapping olist` the folder.
    channel
        The channel of orders that name none.
    mapping
        A TOML file that says which column is what, or online_retail or olist.
    rejected
        Where rejected records go; FILE.rejected.ndjson if not said. Correct them and import it.
    dry_run
        Try everything and keep nothing.
    as_json
        Print the summary as JSON.
    """

    def opened(db: Database) -> tuple[Run[Any], Any]:
        source = order_source(file, channel, mapping)
        return order_run(db, SystemClock(), file, source, dry_run=dry_run), source.report

    _import(opened, file, rejected, dry_run=dry_run, as_json=as_json)


def _table_command(kind: str) -> None:
    def command(
        file: Path,
        *,
        mapping: str | None = None,
        rejected: Path | None = None,
        dry_run: bool = False,
        as_json: Json = False,
    ) -> None:
        def opened(db: Database) -> tuple[Run[Any], Any]:
            return table_run(db, SystemClock(), kind, file, mapping, dry_run=dry_run), None

        _import(opened, file, rejected, dry_run=dry_run, as_json=as_json)

    command.__doc__ = f"""Import {kind} from NDJSON, CSV or Parquet; one outcome a row.

    Columns are named as in the API; `address.city` is a part of an address, several values stand
    in one cell as A|B, parts of a kit as SKU:2|OTHER:1. Rows with a known code change it.

    Parameters
    ----------
    file
        The file.
    mapping
        For SKUs and locations: online_retail or olist, to make them of that data set.
    rejected
        Where rejected rows go; FILE.rejected.ndjson if not said. Correct them and import it.
    dry_run
        Try everything and keep nothing.
    as_json
        Print the summary as JSON.
    """
    app.command(command, name=kind)


for _kind in TABLES:
    _table_command(_kind)


def _import(
    opened: Open, file: Path, rejected: Path | None, *, dry_run: bool, as_json: bool
) -> None:
    settings = started()
    try:
        with migrated(settings) as url:
            summary = uvloop.run(
                _run(url, opened, rejects_path(file, rejected), dry_run=dry_run, quiet=as_json)
            )
    except FileUnusable as error:
        if as_json:
            print(msgspec.json.encode({"error": str(error)}).decode())
        print(f"argosy: {error}", file=sys.stderr)
        sys.exit(UNUSABLE)
    if as_json:
        print(msgspec.json.encode(summary).decode())
    else:
        show(summary)
    if not summary.finished:
        sys.exit(STOPPED)
    sys.exit(SOME_REJECTED if summary.refused else 0)


async def _run(url: str, opened: Open, rejects: Path, *, dry_run: bool, quiet: bool) -> Summary:
    stop = asyncio.Event()
    stop_signals(stop)
    db = await Database.connect(url, max_size=2, application_name="argosy import")
    try:
        run, report = await asyncio.to_thread(opened, db)
        with _bar(run.kind, quiet=quiet) as told:
            summary = await run.go(
                db,
                SystemClock(),
                rejects,
                told=told,
                stopped=stop.is_set,
                dry_run=dry_run,
            )
        summary.report = report
        return summary
    finally:
        await db.close()


class _bar:  # noqa: N801  (used like a function)
    """Shows on standard error how far a run is; nothing when `quiet`."""

    def __init__(self, kind: str, *, quiet: bool) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("[progress.description]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[said]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=quiet,
        )
        self._task = self._progress.add_task(kind, total=None, said="")

    def __enter__(self) -> Callable[[Summary], None]:
        self._progress.start()
        return self._told

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _told(self, summary: Summary) -> None:
        said = f"{summary.made} made, {summary.known} known, {summary.refused} rejected"
        total = summary.records if summary.finished else None
        self._progress.update(self._task, completed=summary.records, total=total, said=said)


def show(summary: Summary) -> None:
    """Print the summary for a person."""
    console = Console(highlight=False)
    tried = "tried, nothing kept" if summary.dry_run else "imported"
    console.print(
        f"[bold]{summary.file}[/bold]: {summary.records} {summary.kind} {tried} "
        f"in {summary.seconds:.1f} s"
    )
    if summary.resumed_after:
        console.print(f"  went on after {summary.resumed_after} that an earlier run had done")
    console.print(
        f"  {summary.made} made or changed, {summary.known} stood already, "
        f"{summary.refused} rejected"
    )
    for reason, count in sorted(summary.reasons.items(), key=lambda each: -each[1]):
        console.print(f"    {reason}: {count}")
    if summary.rejected_file is not None:
        console.print(
            f"  rejected records are in {summary.rejected_file}; correct them and import that file"
        )
    if not summary.finished:
        console.print("  [yellow]stopped; run the same command to go on[/yellow]")
    if summary.report is not None:
        for name, count in msgspec.to_builtins(summary.report).items():
            console.print(f"  {name.replace('_', ' ')}: {count}")
