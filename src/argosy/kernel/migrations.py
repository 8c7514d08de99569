"""Bringing a database to the schema of this code: numbered plain files, each applied once."""

import hashlib
import sys
from importlib import resources
from pathlib import Path

import asyncpg
import msgspec

LOCK = 0x4152474F5359  # "ARGOSY": several processes may start at once, one migrates.
OLDEST_SERVER = 150000

_LEDGER = """
create table if not exists schema_migration (
    number int primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now()
)
"""


class SchemaMismatch(RuntimeError):  # noqa: N818  (it names what is wrong)
    """Code and database do not belong together; the message says how and what to do."""


class Migration(msgspec.Struct, frozen=True):
    """One numbered file."""

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Return the digest of the file's text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def schema_dir() -> Path:
    """Return the folder with schema.sql and migrations: in the wheel, or beside the sources."""
    installed = Path(str(resources.files("argosy"))) / "schema"
    if installed.exists():
        return installed
    return Path(__file__).parents[3] / "schema"


def migrations() -> list[Migration]:
    """Return every migration, by number; raises SchemaMismatch when two share one."""
    found = []
    for path in sorted((schema_dir() / "migrations").glob("*.sql")):
        number, _, name = path.stem.partition("_")
        found.append(Migration(int(number), name, path.read_text(encoding="utf-8")))
    if len({each.number for each in found}) != len(found):
        raise SchemaMismatch("two migrations have the same number")
    return found


def pending(applied: dict[int, str]) -> list[Migration]:
    """Return what is to be applied after `applied` (number to digest); raises SchemaMismatch."""
    known = {each.number: each for each in migrations()}
    newer = sorted(set(applied) - set(known))
    if newer:
        raise SchemaMismatch(
            f"the database has migration {newer[-1]}, which this version of Argosy does not know: "
            "upgrade Argosy, or point it at another database"
        )
    for number, sha256 in applied.items():
        if known[number].sha256 != sha256:
            raise SchemaMismatch(
                f"migration {number} ({known[number].name}) was applied with another text: "
                "a released migration is never edited; add a new one"
            )
    return [each for number, each in sorted(known.items()) if number not in applied]


async def migrate(url: str) -> list[Migration]:
    """Apply what is missing, each file in its own transaction; return what was applied."""
    connection = await asyncpg.connect(url)
    try:
        version = int(await connection.fetchval("show server_version_num"))
        if version < OLDEST_SERVER:
            raise SchemaMismatch(
                f"the server is PostgreSQL {version // 10000}; Argosy needs 15 or newer"
            )
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        try:
            await connection.execute(_LEDGER)
            todo = pending(await _applied(connection))
            for each in todo:
                async with connection.transaction():
                    await connection.execute(each.text)
                    await connection.execute(
                        "insert into schema_migration (number, name, sha256) values ($1, $2, $3)",
                        each.number,
                        each.name,
                        each.sha256,
                    )
            return todo
        finally:
            await connection.execute("select pg_advisory_unlock($1)", LOCK)
    finally:
        await connection.close()


async def _applied(connection: asyncpg.Connection) -> dict[int, str]:
    rows = await connection.fetch("select number, sha256 from schema_migration")
    return {row["number"]: row["sha256"] for row in rows}


async def check_schema(connection: asyncpg.Connection) -> None:
    """Raise SchemaMismatch unless the database has exactly the schema of this code."""
    exists = await connection.fetchval("select to_regclass('schema_migration') is not null")
    missing = pending(await _applied(connection) if exists else {})
    if missing:
        raise SchemaMismatch(
            f"the database lacks {len(missing)} migration(s), the first is "
            f"{missing[0].number} ({missing[0].name}): run 'argosy migrate'"
        )


def concatenated() -> str:
    """Return the text of schema.sql: until the first release, the migrations in their order."""
    parts = ["-- The whole schema. Equal to the sum of schema/migrations, which a test checks.\n"]
    for each in migrations():
        parts.append(f"\n-- {each.number:04d} {each.name} {'-' * (80 - len(each.name))}\n\n")
        parts.append(each.text)
    return "".join(parts)


if __name__ == "__main__":
    if sys.argv[1:] == ["concat"]:
        (schema_dir() / "schema.sql").write_text(concatenated(), encoding="utf-8")
    elif sys.argv[1:] == ["check"]:
        if (schema_dir() / "schema.sql").read_text(encoding="utf-8") != concatenated():
            sys.exit("schema/schema.sql is not the sum of the migrations: run 'make schema'")
    else:
        sys.exit("usage: python -m argosy.kernel.migrations concat | check")
