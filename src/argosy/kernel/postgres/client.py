"""Attaching to an embedded PostgreSQL; the first to come starts its supervisor."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from argosy.kernel.postgres.cluster import Cluster

STARTING_SECONDS = 60.0
RETRY_SECONDS = 0.5


class PostgresFailed(RuntimeError):  # noqa: N818  (it names what happened)
    """The embedded PostgreSQL could not be started; the message says why and where its log is."""


class EmbeddedPostgres:
    """A share in the server of one data folder; as a context manager it gives the URL.

    With `durable=False` the server does not wait for the disk: for tests, never for business.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.cluster = Cluster(folder)
        self.durable = durable
        self._line: socket.socket | None = None

    def start(self) -> str:
        """Attach, starting the server when nobody has, and return its URL.

        Waits as long as the server recovers from a crash. Raises PostgresFailed.
        """
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
        if self._line is not None:
            self._line.close()
            self._line = None

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
