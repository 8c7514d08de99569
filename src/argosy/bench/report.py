"""What a benchmark hands back, and how it is shown to people."""

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table


class Row(msgspec.Struct, frozen=True):
    """One line of the readable table: what was measured, in which unit, run by run."""

    name: str
    unit: str
    runs: Sequence[float]
    note: str = ""


class Report(msgspec.Struct, frozen=True):
    """The result of one benchmark; `figures` are what the documents quote."""

    bench: str
    figures: dict[str, Any]
    baseline: dict[str, Any]
    machine: dict[str, Any]
    sizes: dict[str, Any] = {}
    rows: Sequence[Row] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the one object that `--json` prints."""
        return {
            "bench": self.bench,
            "figures": self.figures,
            "baseline": self.baseline,
            "machine": self.machine | {"sizes": self.sizes},
        }


def rounded(value: Any) -> Any:
    """Return `value` with floats of no more than four significant digits behind the point."""
    if isinstance(value, float):
        return round(value, 3) if abs(value) < 100 else round(value, 1)
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return value


def show(report: Report, console: Console) -> None:
    """Print a report for people: every measured row with its spread, then the figures."""
    console.print(f"\n[bold]{report.bench}[/bold]  {_pairs(report.sizes)}")
    table = Table("measured", "unit", "runs", "least", "median", "most", "note", title=None)
    for row in report.rows:
        ordered = sorted(row.runs)
        table.add_row(
            row.name,
            row.unit,
            str(len(ordered)),
            _number(ordered[0]),
            _number(ordered[len(ordered) // 2]),
            _number(ordered[-1]),
            row.note,
        )
    if report.rows:
        console.print(table)
    figures = Table("figure", "value", title=None)
    for name, value in report.figures.items():
        figures.add_row(name, _number(value))
    console.print(figures)
    console.print(f"baseline: {_pairs(report.baseline)}", highlight=False)
    console.print(f"machine: {_pairs(report.machine)}", highlight=False)


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_number(value)}" for name, value in values.items())


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
