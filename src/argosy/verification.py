"""Verification: runs every context's `verify_*.sql` and `repair_*.sql` over the whole database.

A `verify_*.sql` returns a row (rule, subject, expected, found) for each thing that differs. A
`repair_*.sql` sets balances that are derived to what their movements say, and touches nothing else.
"""

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec

from argosy.kernel.database import Database

MOST_FINDINGS_PER_RULE = 1000


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it must be."""

    rule: str
    subject: str
    expected: str
    found: str

    def as_dict(self) -> dict[str, str]:
        """Return the finding for JSON."""
        return msgspec.structs.asdict(self)


def _statements(start: str) -> Iterator[tuple[str, Traversable]]:
    """Return (context/name, file) of every statement whose name starts so, in a fixed order."""
    for context in sorted(resources.files("argosy").iterdir(), key=lambda each: each.name):
        folder = context.joinpath("sql")
        if not folder.is_dir():
            continue
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            if file.name.startswith(start) and file.name.endswith(".sql"):
                yield f"{context.name}/{file.name.removesuffix('.sql')}", file


async def verify_database(db: Database) -> list[Finding]:
    """Return everything that differs, from one snapshot of the whole database."""
    findings = []
    async with (
        db.reading_pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute("set local statement_timeout = 0")
        for _, file in _statements("verify_"):
            rows = await connection.fetch(
                f"select * from ({file.read_text(encoding='utf-8').rstrip().rstrip(';')}) as f "
                f"limit {MOST_FINDINGS_PER_RULE}"
            )
            findings += [
                Finding(
                    str(row["rule"]), str(row["subject"]), str(row["expected"]), str(row["found"])
                )
                for row in rows
            ]
    return findings


async def repair_balances(db: Database) -> dict[str, int]:
    """Set derived balances right; return how many rows each statement changed."""
    repaired = {}
    for name, file in _statements("repair_"):
        async with db.transaction() as tx:
            status = await tx.execute(file.read_text(encoding="utf-8"))
        count = int(status.rsplit(" ", 1)[1])
        if count:
            repaired[name] = count
    return repaired
