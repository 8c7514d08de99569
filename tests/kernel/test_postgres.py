"""The embedded PostgreSQL: shared, stopped with its last user, and recovering from any kill."""

import asyncio
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from argosy.kernel.postgres import EmbeddedPostgres
from argosy.kernel.postgres.cluster import STATE_DIR, Cluster


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "postgres"
    yield path
    for process in _processes(path):
        process.kill()


def _processes(folder: Path) -> list[psutil.Process]:
    """Return supervisor and server of a folder."""
    places = {str(folder), str(Cluster(folder).folder)}
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(word == place or word.startswith(f"{place}/") for word in words for place in places):
            found.append(process)
    return found


def _until_gone(folder: Path, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _processes(folder):
            return True
        time.sleep(0.05)
    return False


async def _execute(url: str, *statements: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


def test_clients_share_one_server_and_the_last_one_stops_it(folder: Path) -> None:
    first, second = EmbeddedPostgres(folder), EmbeddedPostgres(folder)
    url = first.start()
    assert second.start() == url
    first.stop()
    assert asyncio.run(_execute(url, "select 1")) == 1
    second.stop()
    assert _until_gone(folder)


@pytest.mark.parametrize("victim", ["postgres", "supervisor", "both"])
def test_what_was_committed_survives_a_kill(folder: Path, victim: str) -> None:
    server = EmbeddedPostgres(folder)
    url = server.start()
    insert = "insert into kept values (7) returning x"
    asyncio.run(_execute(url, "create table kept (x int)", insert))
    killed = []
    for process in _processes(folder):
        is_supervisor = "argosy.kernel.postgres.supervisor" in process.cmdline()
        if victim == "both" or is_supervisor == (victim == "supervisor"):
            os.kill(process.pid, signal.SIGKILL)
            killed.append(process)
    assert killed
    psutil.wait_procs(killed, timeout=20)
    server.stop()
    with EmbeddedPostgres(folder) as again:
        assert asyncio.run(_execute(again, "select x from kept")) == 7
    assert _until_gone(folder)


@pytest.mark.parametrize("victim", ["postgres", "supervisor", "both"])
def test_who_is_attached_gets_a_killed_server_back_at_the_same_url(
    folder: Path, victim: str
) -> None:
    with EmbeddedPostgres(folder) as url:
        asyncio.run(
            _execute(url, "create table kept (x int)", "insert into kept values (7) returning x")
        )
        before = {process.pid for process in _processes(folder)}
        for process in _processes(folder):
            is_supervisor = "argosy.kernel.postgres.supervisor" in process.cmdline()
            if victim == "both" or is_supervisor == (victim == "supervisor"):
                process.kill()
        found = None
        deadline = time.monotonic() + 30
        while found is None and time.monotonic() < deadline:
            if before & {process.pid for process in _processes(folder)}:
                time.sleep(0.02)
                continue
            try:
                found = asyncio.run(_execute(url, "select x from kept"))
            except (OSError, asyncpg.PostgresError):
                time.sleep(0.05)
        assert found == 7
    assert _until_gone(folder)


def test_a_client_that_is_killed_counts_as_gone(folder: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; "
        "from argosy.kernel.postgres import EmbeddedPostgres; "
        "print(EmbeddedPostgres(Path(sys.argv[1])).start(), flush=True); time.sleep(60)"
    )
    client = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE)
    assert client.stdout is not None
    assert client.stdout.readline().startswith(b"postgresql://")
    client.kill()
    client.wait()
    client.stdout.close()
    assert _until_gone(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_runs_for_an_ordinary_user() -> None:
    """Run a client as an unprivileged user, with the interpreter and package where it can read."""
    entry = pwd.getpwnam("nobody")
    with EmbeddedPostgres(Path("/var/lib/argosy/test-root")):
        install = next(STATE_DIR.glob("postgres-binaries-*"))
    assert (install / "a" / "b" / "pginstall18" / "bin" / "postgres").exists()
    version = subprocess.run(
        [str(install / "a" / "b" / "pginstall18" / "bin" / "postgres"), "--version"],
        check=True,
        capture_output=True,
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        cwd="/",
    )
    assert version.stdout.startswith(b"postgres (PostgreSQL) 18")


def test_the_server_listens_only_on_this_machine(folder: Path) -> None:
    with EmbeddedPostgres(folder) as url:
        assert asyncio.run(_execute(url, "show listen_addresses")) == "127.0.0.1"
        assert asyncio.run(_execute(url, "show fsync")) == "on"
        with pytest.raises(asyncpg.InvalidPasswordError):
            asyncio.run(_execute(url.replace("argosy:", "argosy:x"), "select 1"))
