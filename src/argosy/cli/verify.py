"""`argosy verify`: every balance against its movements, every invariant over the whole database."""

import asyncio
import json
import sys
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from argosy.cli.runtime import migrated, started
from argosy.kernel.database import Database
from argosy.verification import Finding, repair_balances, verify_database


def verify(
    *, repair: bool = False, as_json: Annotated[bool, Parameter(name="--json")] = False
) -> None:
    """Check that the books are right; exits with 1 when they are not.

    Parameters
    ----------
    repair
        Set derived balances to what their movements say, and say what was done.
    as_json
        Print findings as JSON.
    """
    with migrated(started()) as url:
        findings, repaired = asyncio.run(_run(url, repair=repair))
    if as_json:
        print(
            json.dumps(
                {
                    "findings": [each.as_dict() for each in findings],
                    "repaired": repaired,
                }
            )
        )
    else:
        _show(findings, repaired)
    sys.exit(1 if findings else 0)


async def _run(url: str, *, repair: bool) -> tuple[list[Finding], dict[str, int]]:
    db = await Database.connect(url, max_size=2, statement_timeout_seconds=3600)
    try:
        repaired = await repair_balances(db) if repair else {}
        return await verify_database(db), repaired
    finally:
        await db.close()


def _show(findings: list[Finding], repaired: dict[str, int]) -> None:
    console = Console()
    for name, rows in repaired.items():
        console.print(f"repaired {name}: {rows} rows")
    if not findings:
        console.print("[green]verified: nothing to say[/green]")
        return
    table = Table("rule", "subject", "expected", "found")
    for each in findings[:200]:
        table.add_row(each.rule, each.subject, each.expected, each.found)
    console.print(table)
    if len(findings) > 200:
        console.print(f"… and {len(findings) - 200} more")
