"""The schema is the sum of its migrations, applied once, by one process at a time."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from argosy.kernel import migrations
from argosy.kernel.migrations import SchemaMismatch, check_schema, migrate
from tests.conftest import at_database

_CATALOG = """
select 'column', c.table_name || '.' || c.column_name,
    concat_ws(
        ' ', c.data_type, c.udt_name, c.is_nullable, c.column_default, c.generation_expression
    )
from information_schema.columns as c where c.table_schema = 'public'
union all
select 'constraint', conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid)
from pg_constraint where connamespace = 'public'::regnamespace
union all
select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
union all
select 'sequence', sequencename, start_value::text from pg_sequences where schemaname = 'public'
union all
select 'comment', objoid::regclass::text || '.' || objsubid, description
from pg_description where classoid = 'pg_class'::regclass and objoid::regclass::text !~ '^pg_|\\.'
order by 1, 2, 3
"""


@pytest.fixture
async def empty(server_url: str) -> AsyncIterator[str]:
    """Make an empty database, dropped afterwards."""
    name = f"empty_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"create database {name}")
    yield at_database(server_url, name)
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def _run(url: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def test_the_schema_file_is_the_sum_of_the_migrations(empty: str, database_url: str) -> None:
    text = (migrations.schema_dir() / "schema.sql").read_text(encoding="utf-8")
    assert text == migrations.concatenated()
    connection = await asyncpg.connect(empty)
    await connection.execute(text)
    await connection.close()
    by_file = await _run(empty, _CATALOG)
    by_migrations = await _run(database_url, _CATALOG)
    assert [row for row in by_migrations if "schema_migration" not in row[1]] == by_file


async def test_migrating_twice_changes_nothing(empty: str) -> None:
    assert len(await migrate(empty)) == len(migrations.migrations())
    assert await migrate(empty) == []


async def test_several_processes_may_start_at_once(empty: str) -> None:
    applied = await asyncio.gather(*(migrate(empty) for _ in range(5)))
    assert sorted(len(each) for each in applied) == [0, 0, 0, 0, len(migrations.migrations())]


async def test_a_newer_database_is_refused(database_url: str) -> None:
    await _run(database_url, "insert into schema_migration values (9999, 'later', 'x')")
    with pytest.raises(SchemaMismatch, match="upgrade Argosy"):
        await migrate(database_url)


async def test_an_edited_migration_is_refused(database_url: str) -> None:
    await _run(database_url, "update schema_migration set sha256 = 'other' where number = 1")
    with pytest.raises(SchemaMismatch, match="never edited"):
        await migrate(database_url)


async def test_an_older_database_is_told_how_to_catch_up(empty: str, database_url: str) -> None:
    for url, how in (
        (empty, None),
        (database_url, "delete from schema_migration where number > 3"),
    ):
        if how is not None:
            await _run(url, how)
        connection = await asyncpg.connect(url)
        with pytest.raises(SchemaMismatch, match="run 'argosy migrate'"):
            await check_schema(connection)
        await connection.close()
