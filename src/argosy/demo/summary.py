"""What became of the orders, as numbers and as a table."""

from datetime import datetime
from typing import Any

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table

from argosy.demo.plan import Plan
from argosy.demo.state import DemoState
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements
from argosy.verification import Finding

sql = Statements(__package__)

_ORDER = {
    "lifecycle": ("placed", "closed", "canceled"),
    "fulfillment_status": (
        "unfulfilled",
        "backordered",
        "allocated",
        "in_progress",
        "partially_fulfilled",
        "fulfilled",
        "delivered",
    ),
    "payment_status": (
        "unpaid",
        "pending",
        "authorized",
        "partially_captured",
        "captured",
        "partially_refunded",
        "refunded",
        "failed",
    ),
    "standing": (
        "ended",
        "in_progress",
        "held",
        "not_paid",
        "waits_for_stock",
        "waits_for_location",
    ),
}


class Summary(msgspec.Struct):
    """Counts of everything; `standing` says of each order whether it ended or what it waits for.

    `standing` has `ended`, or why not: `in_progress` (work goes on), `held`, `not_paid`,
    `waits_for_stock`, `waits_for_location`. Money is in minor units by currency.
    """

    orders: int
    lines: int
    channels: dict[str, int]
    lifecycle: dict[str, int]
    fulfillment_status: dict[str, int]
    payment_status: dict[str, int]
    holds: dict[str, int]
    holds_released: int
    exceptions: dict[str, int]
    fulfillment_orders: dict[str, int]
    short_picks: int
    shipments: int
    shipped_late: int
    promises_overdue: int
    invoices: int
    invoiced_minor: dict[str, int]
    captured_minor: dict[str, int]
    on_hand: int
    reserved: int
    allocated: int
    backordered: int
    events: int
    standing: dict[str, int]
    sample: dict[str, Any] = {}
    verify_findings: int = 0
    findings: list[Finding] = []


async def summarize(tx: Tx, now: datetime) -> Summary:
    """Return what the database has now."""
    row = await tx.fetchrow(sql("summarize"), now)
    assert row is not None, "a statement without a table gives one row"
    return msgspec.convert(dict(row), Summary)


def sample_of(plan: Plan, state: DemoState) -> dict[str, Any]:
    """Return how the invoices of the sample were understood, and which orders were refused."""
    reported: dict[str, int] = {}
    for each in plan.reported:
        reported[each.reason.value] = reported.get(each.reason.value, 0) + 1
    return {
        "orders": len(plan.orders),
        "not_orders": dict(sorted(reported.items())),
        "fee_lines": plan.fee_lines,
        "refused": dict(sorted(state.refused.items())),
    }


def show(console: Console, summary: Summary) -> None:
    """Print the summary as tables that fit 80 columns."""
    for row in (
        (
            _counts("orders", summary.lifecycle, _ORDER["lifecycle"]),
            _counts("fulfillment", summary.fulfillment_status, _ORDER["fulfillment_status"]),
            _counts("payment", summary.payment_status, _ORDER["payment_status"]),
        ),
        (
            _counts("where they stand", summary.standing, _ORDER["standing"]),
            _counts("holds now", summary.holds, ()),
            _counts("exceptions now", summary.exceptions, ()),
        ),
    ):
        side_by_side = Table.grid(*["", "", ""], padding=(0, 4, 0, 0))
        side_by_side.add_row(*row)
        console.print(side_by_side)
    facts = Table.grid(padding=(0, 2))
    for name, fact in _facts(summary):
        facts.add_row(f"[bold]{name}[/bold]", fact)
    console.print(facts)


def _counts(title: str, counts: dict[str, int], order: tuple[str, ...]) -> RenderableType:
    table = Table(title, "", box=SIMPLE_HEAD, pad_edge=False, header_style="bold", min_width=24)
    table.columns[1].justify = "right"
    for name in [*order, *sorted(counts.keys() - set(order))]:
        if counts.get(name):
            table.add_row(name.replace("_", " "), f"{counts[name]:,}", style=_style(name))
    if not table.rows:
        table.add_row("none", "", style="dim")
    return table


def _style(name: str) -> str:
    if name in {"closed", "delivered", "captured", "ended"}:
        return "green"
    if name in {"failed", "held", "not_paid", "backordered", "waits_for_stock"}:
        return "yellow"
    return ""


def _facts(summary: Summary) -> list[tuple[str, str]]:
    facts = [
        (
            "work",
            (
                f"{summary.orders:,} orders with {summary.lines:,} lines, so far "
                f"{summary.shipments:,} shipments: {summary.shipped_late:,} late, "
                f"{summary.short_picks:,} short picks, "
                f"{summary.promises_overdue:,} promises overdue"
            ),
        ),
        (
            "money",
            (
                f"{summary.invoices:,} invoices over {_money(summary.invoiced_minor)}, "
                f"{_money(summary.captured_minor)} captured"
            ),
        ),
        (
            "stock",
            (
                f"{summary.on_hand:,} on hand, {summary.reserved:,} reserved, "
                f"{summary.allocated:,} allocated, {summary.backordered:,} back-ordered"
            ),
        ),
    ]
    sample = summary.sample
    if sample:
        others = ", ".join(
            f"{n} {reason.replace('_', ' ')}" for reason, n in sample["not_orders"].items()
        )
        facts.append(("not orders", f"{others}; {sample['fee_lines']} lines of fees"))
    if sample.get("refused"):
        facts.append(
            (
                "refused",
                ", ".join(f"{n} {code.replace('_', ' ')}" for code, n in sample["refused"].items()),
            )
        )
    if summary.verify_findings:
        said = f"[red]argosy verify has {summary.verify_findings:,} findings[/red]"
    else:
        said = "[green]argosy verify is clean: every balance is the sum of its ledger[/green]"
    return [*facts, ("books", said)]


def _money(amounts: dict[str, int]) -> str:
    parts = [f"{amount / 100:,.2f} {currency}" for currency, amount in sorted(amounts.items())]
    return " + ".join(parts) or "0.00"
