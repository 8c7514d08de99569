"""The process that owns an embedded server: starts it, tells clients its URL, stops it at the end.

Run as `python -m argosy.kernel.postgres.supervisor FOLDER`. One runs per folder, held by a file
lock. A client is a connection to its socket; a client that dies is a connection that closes.
"""

import argparse
import asyncio
import contextlib
import ctypes
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg

from argosy.kernel.postgres.cluster import Cluster, binaries

GRACE_SECONDS = 1.0
FIRST_CLIENT_SECONDS = 10.0
STOP_SECONDS = 120.0
PR_SET_PDEATHSIG = 1

SETTINGS = {
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "checkpoint_completion_target": "0.9",
    "effective_cache_size": "1GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "300s",
}


def _as_server_user(cluster: Cluster) -> Callable[[], None]:
    """Return what a child does first: become the server's user, and end when this process ends."""
    libc = ctypes.CDLL(None, use_errno=True)

    def drop() -> None:
        if cluster.user.dropped:
            os.setgroups([])
            os.setgid(cluster.user.gid)
            os.setuid(cluster.user.uid)
        # After the change of user, which clears it; SIGINT is PostgreSQL's fast shutdown.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)

    return drop


class Server:
    """One PostgreSQL server process on a cluster."""

    def __init__(self, cluster: Cluster, *, durable: bool) -> None:
        self.cluster = cluster
        self.durable = durable
        self.install = binaries(cluster.user)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def initialize(self) -> None:
        """Make the cluster's files if they are not there; whole or not at all."""
        if (self.cluster.data / "PG_VERSION").exists():
            return
        fresh = self.cluster.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = secrets.token_urlsafe(24)
        self._write(self.cluster.password_file, password)
        command = [
            str(self.install / "bin" / "initdb"),
            *("-D", str(fresh), "-U", "argosy", "-E", "UTF8", "-A", "scram-sha-256"),
            *("--pwfile", str(self.cluster.password_file)),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
        ]
        if not self.durable:
            command.append("--no-sync")
        subprocess.run(  # noqa: S603
            command,
            check=True,
            preexec_fn=_as_server_user(self.cluster),
            stdout=subprocess.DEVNULL,
            cwd="/",
        )
        shutil.rmtree(self.cluster.data, ignore_errors=True)
        fresh.rename(self.cluster.data)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o600)
        if self.cluster.user.dropped:
            os.chown(path, self.cluster.user.uid, self.cluster.user.gid)

    def start(self) -> None:
        """Start the server on its usual port, or on another when that is taken."""
        self._end_orphan()
        self.port = self._free_port()
        self.cluster.port_file.write_text(str(self.port))
        settings = SETTINGS | ({} if self.durable else NOT_DURABLE)
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self.process = subprocess.Popen(  # noqa: S603
            [
                str(self.install / "bin" / "postgres"),
                *("-D", str(self.cluster.data)),
                *("-p", str(self.port)),
                *("-c", "listen_addresses=127.0.0.1"),
                *("-c", "unix_socket_directories="),
                *options,
            ],
            stdin=subprocess.DEVNULL,
            preexec_fn=_as_server_user(self.cluster),  # noqa: PLW1509
            cwd="/",
        )

    def _end_orphan(self) -> None:
        """Wait for the server of a supervisor that was killed; it ends by itself, or is told to."""
        pid_file = self.cluster.data / "postmaster.pid"
        deadline = time.monotonic() + STOP_SECONDS
        while pid_file.exists() and time.monotonic() < deadline:
            try:
                pid = int(pid_file.read_text().split("\n", 1)[0])
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except (OSError, ValueError):
                return  # Nobody runs; the server removes its stale file when it starts.
            if str(self.cluster.data).encode() not in command:
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            time.sleep(0.1)

    def _free_port(self) -> int:
        with contextlib.suppress(OSError, ValueError):
            wanted = int(self.cluster.port_file.read_text())
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", wanted))
                return wanted
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            return port

    def url(self, database: str = "argosy") -> str:
        """Return how to connect to `database`."""
        password = self.cluster.password_file.read_text()
        return f"postgresql://argosy:{password}@127.0.0.1:{self.port}/{database}"

    async def ready(self) -> None:
        """Wait until the server answers, while it lives; make the database the first time."""
        while True:
            assert self.process is not None
            code = self.process.poll()
            if code is not None:
                raise RuntimeError(f"PostgreSQL ended with status {code}; see {self.cluster.log}")
            try:
                connection = await asyncpg.connect(self.url("postgres"), timeout=10)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                await asyncio.sleep(0.03)
                continue
            try:
                known = await connection.fetchval(
                    "select 1 from pg_database where datname = 'argosy'"
                )
                if not known:
                    await connection.execute("create database argosy")
            finally:
                await connection.close()
            return

    def stop(self) -> None:
        """Stop the server: fast, and for good when it does not listen."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()


class Supervisor:
    """Keeps the server while there are clients."""

    def __init__(self, cluster: Cluster, server: Server) -> None:
        self.cluster = cluster
        self.server = server
        self.clients = 0
        self.had_client = False
        self.answer: asyncio.Future[dict[str, str]] | None = None
        self.ended = asyncio.Event()

    async def run(self) -> None:
        """Serve until the last client has gone, a signal comes, or the server ends by itself."""
        loop = asyncio.get_running_loop()
        self.answer = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ended.set)
        self.cluster.supervisor_socket.unlink(missing_ok=True)
        listener = await asyncio.start_unix_server(
            self._attend, path=str(self.cluster.supervisor_socket)
        )
        try:
            try:
                self.server.initialize()
                self.server.start()
                await self.server.ready()
                self.answer.set_result({"url": self.server.url()})
            except Exception as error:  # noqa: BLE001  (whatever it is, the clients are told)
                self.answer.set_result({"error": f"{type(error).__name__}: {error}"})
                await asyncio.sleep(GRACE_SECONDS)
                return
            await self._watch()
        finally:
            # First nobody new, then the server: who comes now starts another supervisor.
            self.cluster.supervisor_socket.unlink(missing_ok=True)
            listener.close()
            self.server.stop()

    async def _watch(self) -> None:
        alone_since = time.monotonic()
        while not self.ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), 0.1)
            assert self.server.process is not None
            if self.server.process.poll() is not None:
                return
            if self.clients:
                alone_since = time.monotonic()
                continue
            patience = GRACE_SECONDS if self.had_client else FIRST_CLIENT_SECONDS
            if time.monotonic() - alone_since > patience:
                return

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients += 1
        self.had_client = True
        try:
            assert self.answer is not None
            answer = await asyncio.shield(self.answer)
            if self.server.process is not None and self.server.process.poll() is not None:
                self.ended.set()
                return  # Without an answer, the client comes again and finds the next supervisor.
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
            await reader.read()  # Ends when the client closes its line or dies.
        except OSError:
            pass
        finally:
            self.clients -= 1
            writer.close()


def main() -> None:
    """Run the supervisor of one folder, unless another one does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--not-durable", action="store_true")
    asked = parser.parse_args()
    if os.fork():
        os._exit(0)  # The client waits for this process; its child is nobody's.
    cluster = Cluster(asked.folder)
    cluster.make()
    with cluster.lock_file.open("w") as lock:
        deadline = time.monotonic() + STOP_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                # Another supervisor is at work, or is just stopping its server.
                if cluster.supervisor_socket.exists() or time.monotonic() > deadline:
                    sys.exit(0)
                time.sleep(0.05)
        server = Server(cluster, durable=not asked.not_durable)
        asyncio.run(Supervisor(cluster, server).run())


if __name__ == "__main__":
    main()
