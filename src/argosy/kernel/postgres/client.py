"""Attaching to an embedded PostgreSQL; the first to come starts its supervisor."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

import structlog

from argosy.kernel.postgres.cluster import Cluster

log = structlog.get_logger(__name__)

STARTING_SECONDS = 60.0
RETRY_SECONDS = 0.5


class PostgresFailed(RuntimeError):  # noqa: N818  (it names what happened)
    """The embedded PostgreSQL could not be started; the message says why and where its log is."""


class EmbeddedPostgres:
    """A share in the server of one data folder; as a context manager it gives the URL.

    Whoever has a share keeps the server: when it ends although nobody asked, one of those who are
    left starts it again under the same URL, and pools connect anew. With `durable=False` the
    server does not wait for the disk: for tests, never for business.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.cluster = Cluster(folder)
        self.durable = durable
        self._line: socket.socket | None = None
        self._leaving = threading.Event()

    def start(self) -> str:
        """Attach, starting the server when nobody has, and return its URL.

        Waits as long as the server recovers from a crash. Raises PostgresFailed.
        """
        url = self._attach()
        self._leaving.clear()
        threading.Thread(target=self._keep, args=(url,), daemon=True, name="postgres").start()
        return url

    def _keep(self, url: str) -> None:
        """Attach again whenever the supervisor goes away before we do."""
        while self._supervised():
            log.warning("postgres_ended", folder=str(self.cluster.folder))
            try:
                again = self._attach()
            except PostgresFailed as failed:
                log.exception("postgres_failed", reason=str(failed))
                if self._leaving.wait(RETRY_SECONDS):
                    return
                continue
            if self._leaving.is_set():
                self._drop_line()
                return
            if again != url:
                log.error("postgres_moved", reason="its port was taken; start this process anew")
                return
            log.info("postgres_started_again")

    def _supervised(self) -> bool:
        """Wait until the line to the supervisor ends; False when it is we who leave."""
        line = self._line
        if line is not None:
            with contextlib.suppress(OSError):
                line.recv(1)
            line.close()
        return not self._leaving.is_set()

    def _attach(self) -> str:
        self.cluster.make()
        deadline = time.monotonic() + STARTING_SECONDS
        next_try = 0.0
        while True:
            answer = self._ask()
            if answer is not None:
                if "error" in answer:
                    raise PostgresFailed(answer["error"])
                return answer["url"]
            if time.monotonic() > next_try:
                self._spawn()
                next_try = time.monotonic() + RETRY_SECONDS
            if time.monotonic() > deadline:
                raise PostgresFailed(
                    f"the supervisor of {self.cluster.folder} does not answer; "
                    f"see {self.cluster.log}"
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """Leave; the server stops when nobody is left."""
        self._leaving.set()
        self._drop_line()

    def _drop_line(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _ask(self) -> dict[str, str] | None:
        """Return the supervisor's answer, or None when there is no supervisor to ask."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.connect(str(self.cluster.supervisor_socket))
        except OSError:
            line.close()
            return None
        answer = b""
        try:
            # No time-out: recovery after a crash takes as long as it takes.
            while not answer.endswith(b"\n"):
                part = line.recv(65536)
                if not part:
                    line.close()
                    return None
                answer += part
        except OSError:
            line.close()
            return None
        self._line = line
        decoded: dict[str, str] = json.loads(answer)
        return decoded

    def _spawn(self) -> None:
        """Start a supervisor; it leaves at once for the background, so that it outlives us."""
        durability = [] if self.durable else ["--not-durable"]
        with self.cluster.log.open("ab") as log:
            subprocess.run(  # noqa: S603
                [
                    sys.executable,
                    "-m",
                    "argosy.kernel.postgres.supervisor",
                    str(self.cluster.asked),
                    *durability,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                check=True,
                env={key: value for key, value in os.environ.items() if not key.startswith("PG")},
            )

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
