"""The bench itself: a durable server, databases of our own, and the programs that are measured."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from argosy.bench.machine import Resident
from argosy.kernel.migrations import migrate
from argosy.kernel.postgres import EmbeddedPostgres
from argosy.kernel.postgres.cluster import Cluster
from argosy.kernel.settings import Settings

STARTING_SECONDS = 30.0
STOPPING_SECONDS = 30.0
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_LOGGED = re.compile(rb"^[^\t\n]* LOG: +(statement|execute [^\n:]*): ([^\n]*)", re.MULTILINE)


class BenchFailed(RuntimeError):  # noqa: N818  (it names what happened)
    """A benchmark could not run or measured something that must not be; the message says what."""


class Workbench:
    """A server to make databases on, and where its log lies when that is ours to read.

    Unless `durable` is False, as in tests, it must keep what it has committed.
    """

    def __init__(self, url: str, log: Path | None, *, durable: bool = True) -> None:
        self.url = url
        self.log = log
        self.durable = durable

    def at(self, name: str) -> str:
        """Return the URL of the database called `name`."""
        head, _, query = self.url.partition("?")
        return head.rsplit("/", 1)[0] + "/" + name + ("?" + query if query else "")

    async def check_durable(self) -> dict[str, str]:
        """Return the server's durability settings; raises BenchFailed when it risks commits."""
        connection = await asyncpg.connect(self.url)
        try:
            found = {name: await connection.fetchval(f"show {name}") for name in _DURABLE}
            version = await connection.fetchval("show server_version")
        finally:
            await connection.close()
        if self.durable and found != _DURABLE:
            raise BenchFailed(f"commits would not be durable: {found}")
        return {"server_version": version, **found}

    async def execute(self, statement: str) -> None:
        """Run one statement beside the databases of the bench."""
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def database(self, template: str | None = None) -> AsyncIterator[str]:
        """Lend a fresh database, migrated or a copy of `template`; it is dropped afterwards."""
        name = f"argosy_bench_{uuid.uuid4().hex[:12]}"
        like = f" template {template} strategy file_copy" if template else ""
        await self.execute(f"create database {name}{like}")
        try:
            url = self.at(name)
            if template is None:
                await migrate(url)
            yield url
        finally:
            await self.execute(f"drop database if exists {name} with (force)")


@contextmanager
def workbench(settings: Settings) -> Iterator[Workbench]:
    """Lend the configured server, or an embedded one in a folder of its own."""
    if settings.database_url is not None:
        yield Workbench(settings.database_url, None)
        return
    folder = settings.data_path / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres(folder / "postgres") as url:
        yield Workbench(url, Cluster(folder / "postgres").log)


def name_of(url: str) -> str:
    """Return the name of the database in `url`."""
    return url.partition("?")[0].rsplit("/", 1)[1]


class StatementCount:
    """Counts what is sent to one database, BEGIN and COMMIT included, as its server tells it.

    Where the extension pg_stat_statements is loaded, it is asked; else the embedded server is told
    to log every statement of this database, and its log is read. A server that is not ours and
    lacks the extension cannot be counted: `count` then returns None.
    """

    def __init__(self, bench: Workbench, url: str) -> None:
        self._bench = bench
        self._url = url
        self._offset = 0
        self._extension = False
        self.how = "not counted: the server has no pg_stat_statements"

    async def begin(self) -> None:
        """Begin to count; connections must be opened after this."""
        admin = await asyncpg.connect(self._url)
        try:
            loaded = await admin.fetchval("show shared_preload_libraries")
            if "pg_stat_statements" in loaded:
                await admin.execute("create extension if not exists pg_stat_statements")
                await admin.execute("select pg_stat_statements_reset()")
                self._extension = True
                self.how = "pg_stat_statements"
            elif self._bench.log is not None:
                name = name_of(self._url)
                await admin.execute(f"alter database {name} set log_statement = 'all'")
                await admin.execute(f"alter database {name} set log_parameter_max_length = 0")
                self._offset = self._bench.log.stat().st_size
                self.how = "the server's log, log_statement = all"
        finally:
            await admin.close()

    async def count(self) -> int | None:
        """Return how many statements were sent since `begin`."""
        if self._extension:
            admin = await asyncpg.connect(self._url)
            try:
                calls = await admin.fetchval(
                    "select sum(calls) from pg_stat_statements where dbid = "
                    "(select oid from pg_database where datname = current_database())"
                )
            finally:
                await admin.close()
            return int(calls)
        if self._bench.log is None:
            return None
        with self._bench.log.open("rb") as log:
            log.seek(self._offset)
            text = log.read()
        # A query string may hold several statements; the driver sends one such to clean up.
        return sum(
            1 + (found[2].rstrip(b"; ").count(b";") if found[1] == b"statement" else 0)
            for found in _LOGGED.finditer(text)
        )

    async def end(self) -> None:
        """Count no longer."""
        if not self._extension and self._bench.log is not None:
            await self._bench.execute(f"alter database {name_of(self._url)} reset all")


class Program:
    """A program of the product under measurement, stopped gracefully at the end."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self.begun = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", "from argosy.cli import main; main()", *command],
            env={key: value for key, value in os.environ.items() if key != "ARGOSY_CONFIG"}
            | {"ARGOSY_LOG_LEVEL": "warning", "ARGOSY_LOG_FORMAT": "json"}
            | environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self.resident = Resident(self.process.pid)

    def stop(self) -> None:
        """Ask the program to end, and wait until it has."""
        if self.process.poll() is None:
            self.resident.look()
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Server(Program):
    """`argosy serve` on a free port; `start_seconds` is how long it took until it was ready."""

    def __init__(self, url: str, **environ: str) -> None:
        self.port = free_port()
        super().__init__(
            ["serve"], {"ARGOSY_DATABASE_URL": url, "ARGOSY_PORT": str(self.port)} | environ
        )
        self.start_seconds = self._wait()

    def _wait(self) -> float:
        while time.monotonic() - self.begun < STARTING_SECONDS:
            if self.process.poll() is not None:
                raise BenchFailed(f"argosy serve ended with status {self.process.returncode}")
            try:
                address = f"http://127.0.0.1:{self.port}/readyz"
                with urllib.request.urlopen(address, timeout=5):
                    return time.monotonic() - self.begun
            except (urllib.error.URLError, OSError):
                time.sleep(0.01)
        self.stop()
        raise BenchFailed(f"argosy serve was not ready after {STARTING_SECONDS:.0f} s")


@contextmanager
def serving(url: str, **environ: str) -> Iterator[Server]:
    """Run `argosy serve` on the database at `url`."""
    server = Server(url, **environ)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def working(url: str) -> Iterator[Program]:
    """Run `argosy worker` on the database at `url`."""
    program = Program(["worker"], {"ARGOSY_DATABASE_URL": url})
    try:
        yield program
    finally:
        program.stop()


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def send_load(asked: dict[str, Any]) -> dict[str, Any]:
    """Run the load generator as a process of its own; return what it measured.

    `asked` holds its plan; see `argosy.bench.load`.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "argosy.bench.load",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    answer, _ = await process.communicate(json.dumps(asked).encode())
    if process.returncode != 0:
        raise BenchFailed(f"the load generator ended with status {process.returncode}")
    measured: dict[str, Any] = json.loads(answer)
    return measured
