"""What the doctor looks at: each check gives findings, and each finding says what to do."""

import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import asyncpg
import msgspec

from argosy import __version__
from argosy.kernel import migrations
from argosy.kernel.settings import Settings
from argosy.kernel.sql import Statements

sql = Statements(__package__)

Status = Literal["ok", "warning", "failed"]

PACKAGES = ("asyncpg", "msgspec", "uvicorn", "uvloop", "httptools")
NOT_SETTINGS = frozenset(
    {"ARGOSY_CONFIG", "ARGOSY_REQUIRE_ALL", "ARGOSY_TEST_DATABASE_URL", "ARGOSY_TEST_DATA_DIR"}
)
DATABASE_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError)
LITTLE_BYTES, TOO_LITTLE_BYTES = 2 * 1024**3, 200 * 1024**2
SKEW_SECONDS, TOO_SKEWED_SECONDS = 2.0, 30.0
LATE_SECONDS, TOO_LATE_SECONDS = 30.0, 300.0


class Examined(msgspec.Struct, frozen=True):
    """One thing that was looked at; `fix` says what to do about what is not ok."""

    name: str
    status: Status
    detail: str
    fix: str | None = None


def examine_host(settings: Settings) -> Iterator[Examined]:
    """Look at Python, packages, the environment and the disk."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    # An older Python than 3.11 does not come this far: the package refuses to install.
    yield Examined("python", "ok", f"{version} on {platform.platform(terse=True)}")
    versions = [f"argosy {__version__}"]
    try:
        versions += [f"{name} {metadata.version(name)}" for name in PACKAGES]
        yield Examined("packages", "ok", ", ".join(versions))
    except metadata.PackageNotFoundError as error:
        yield Examined("packages", "failed", f"missing: {error}", "Run `make setup` again.")
    known = {f"ARGOSY_{field.name.upper()}" for field in msgspec.structs.fields(Settings)}
    foreign = sorted(
        each
        for each in os.environ
        if each.startswith("ARGOSY_") and each not in known | NOT_SETTINGS
    )
    if foreign:
        fix = "See docs/reference/settings.md for the names there are."
        yield Examined("settings", "warning", f"no such setting: {', '.join(foreign)}", fix)
    else:
        yield Examined("settings", "ok", "every setting can be used")
    if settings.database_url is not None:
        yield _examine_sandbox(settings)
    yield _examine_disk(settings)


def _examine_sandbox(settings: Settings) -> Examined:
    """Say whether orders can be paid without money where a database of one's own is used."""
    if not settings.sandbox_gateway:
        return Examined("sandbox_gateway", "ok", "it is off; the other gateways move real money")
    return Examined(
        "sandbox_gateway",
        "warning",
        "the gateway sandbox is on: orders paid by it are sent, and nobody paid",
        "Set ARGOSY_SANDBOX_GATEWAY=false once this is real business.",
    )


def _examine_disk(settings: Settings) -> Examined:
    folder = settings.data_path
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    told = f"{free / 1024**3:.1f} GB free at {settings.data_path}"
    if not os.access(folder, os.W_OK):
        fix = "Set ARGOSY_DATA_DIR to a folder that this user may write to."
        return Examined("disk", "failed", f"{folder} cannot be written", fix)
    if free < TOO_LITTLE_BYTES:
        return Examined("disk", "failed", told, "Make room: PostgreSQL stops on a full disk.")
    if free < LITTLE_BYTES:
        return Examined("disk", "warning", told, "Make room, or move ARGOSY_DATA_DIR.")
    return Examined("disk", "ok", told)


async def examine_database(url: str, settings: Settings) -> list[Examined]:
    """Look at the server, the schema, and the work that waits."""
    began = time.monotonic()
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, ValueError, OverflowError, TimeoutError, *DATABASE_ERRORS) as error:
        where = "ARGOSY_DATABASE_URL" if settings.database_url else "the embedded PostgreSQL"
        return [
            Examined(
                "database",
                "failed",
                f"{type(error).__name__}: {error}",
                f"Check {where}: is the server running, and are user and password right?",
            )
        ]
    try:
        milliseconds = (time.monotonic() - began) * 1000
        found = [await _examine_server(connection, milliseconds)]
        found.append(await _examine_durability(connection))
        found.append(await _examine_connections(connection, settings))
        found.append(await _examine_clock(connection))
        schema = await _examine_schema(connection)
        found.append(schema)
        if schema.status == "ok":
            row = await connection.fetchrow(sql("examine_work"))
            assert row is not None, "the statement gives one row"
            found += _examine_work(dict(row))
        return found
    finally:
        await connection.close()


async def _examine_server(connection: Any, milliseconds: float) -> Examined:
    version = await connection.fetchval("show server_version")
    number = int(await connection.fetchval("show server_version_num"))
    told = f"PostgreSQL {version}, connected in {milliseconds:.0f} ms"
    if number < migrations.OLDEST_SERVER:
        return Examined("database", "failed", told, "Argosy needs PostgreSQL 15 or newer.")
    return Examined("database", "ok", told)


async def _examine_durability(connection: Any) -> Examined:
    off = [
        name
        for name in ("fsync", "full_page_writes", "synchronous_commit")
        if await connection.fetchval(f"show {name}") == "off"
    ]
    if off:
        fix = "Turn it on: what was acknowledged could be lost in a crash."
        return Examined("durability", "warning", f"{', '.join(off)} is off", fix)
    return Examined("durability", "ok", "commits wait for the disk")


async def _examine_connections(connection: Any, settings: Settings) -> Examined:
    most = int(await connection.fetchval("show max_connections"))
    used = int(await connection.fetchval("select count(*) from pg_stat_activity"))
    told = f"{used} of {most} connections are used; a process takes up to {2 * settings.pool_size}"
    if most - used < 2 * settings.pool_size:
        fix = "Raise max_connections of PostgreSQL, or lower ARGOSY_POOL_SIZE."
        return Examined("connections", "warning", told, fix)
    return Examined("connections", "ok", told)


async def _examine_clock(connection: Any) -> Examined:
    before = datetime.now(UTC)
    theirs = await connection.fetchval("select clock_timestamp()")
    after = datetime.now(UTC)
    skew = (theirs - (before + (after - before) / 2)).total_seconds()
    told = f"the database is {abs(skew):.2f} s {'ahead' if skew > 0 else 'behind'}"
    fix = "Let both machines keep time by NTP: leases and reservations expire by these clocks."
    if abs(skew) > TOO_SKEWED_SECONDS:
        return Examined("clock", "failed", told, fix)
    if abs(skew) > SKEW_SECONDS:
        return Examined("clock", "warning", told, fix)
    return Examined("clock", "ok", told)


async def _examine_schema(connection: Any) -> Examined:
    try:
        rows = await connection.fetch("select number, sha256 from schema_migration")
    except asyncpg.UndefinedTableError:
        return Examined("schema", "failed", "there is none yet", "Run `argosy migrate`.")
    try:
        todo = migrations.pending({row["number"]: row["sha256"] for row in rows})
    except migrations.SchemaMismatch as error:
        fix = "Use the version of Argosy that this database was migrated with, or a newer one."
        return Examined("schema", "failed", str(error), fix)
    if todo:
        names = ", ".join(f"{each.number:04d}_{each.name}" for each in todo)
        return Examined("schema", "failed", f"not applied yet: {names}", "Run `argosy migrate`.")
    return Examined("schema", "ok", f"{len(rows)} migrations, the newest of this version")


def _examine_work(row: dict[str, Any]) -> Iterator[Examined]:
    worker = "Run `argosy worker`, or `argosy serve --with-worker`; look at its log."
    told = f"{row['events_waiting']:,} wait for their position"
    yield _late("events", told, row["events_age_seconds"], row["events_waiting"], worker)
    told = f"{row['jobs_due']:,} are due"
    yield _late("jobs", told, row["jobs_age_seconds"], row["jobs_due"], worker)
    if row["sequenced"]:
        yield Examined("worker", "ok", "a worker sequences the event log")
    else:
        yield Examined("worker", "warning", "no worker runs", worker)
    if row["jobs_dead"]:
        fix = "See GET /v1/jobs, mend the cause, then POST /v1/jobs/requeue."
        yield Examined("dead_jobs", "warning", f"{row['jobs_dead']:,} were given up", fix)
    else:
        yield Examined("dead_jobs", "ok", "none")
    for name, failing in (("readers", "readers_failing"), ("sweeps", "sweeps_failing")):
        if row[failing]:
            fix = "See GET /v1/jobs/overview for the error, and the worker's log."
            yield Examined(name, "failed", f"failing: {', '.join(row[failing])}", fix)
        else:
            yield Examined(name, "ok", "none fails")
    if row["has_key"]:
        yield Examined("keys", "ok", "there are API keys")
    else:
        fix = "Run `argosy key create NAME`."
        yield Examined("keys", "warning", "there is no API key", fix)


def _late(name: str, told: str, age_seconds: float, count: int, fix: str) -> Examined:
    if count:
        told += f", the oldest for {age_seconds:.0f} s"
    if age_seconds > TOO_LATE_SECONDS:
        return Examined(name, "failed", told, fix)
    if age_seconds > LATE_SECONDS:
        return Examined(name, "warning", told, fix)
    return Examined(name, "ok", told)


def embedded_binaries_fault() -> str | None:
    """Return why the embedded PostgreSQL cannot be used here, or None."""
    from argosy.kernel.postgres.cluster import binaries, server_user  # noqa: PLC0415

    try:
        server = binaries(server_user()) / "bin" / "postgres"
    except (OSError, metadata.PackageNotFoundError, KeyError) as error:
        return f"{type(error).__name__}: {error}"
    return None if Path(server).exists() else f"{server} does not exist"
