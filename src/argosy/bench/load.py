"""The load generator: a process of its own that sends requests which were encoded before.

It reads a plan as JSON from stdin and writes what it measured as JSON to stdout. Each connection
is kept alive and sends its next request when the last one was answered. The plan: `port`, `key`,
`path`, `connections`, `kind` ("orders", "batches", "feeds", "gets") and what the kind needs.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from typing import Any, cast

import uvloop

from argosy.bench.machine import percentile
from argosy.bench.requests import bodies_of

MOST_SAMPLES = 5


class _Connection(asyncio.Protocol):
    """One keep-alive connection: takes the next request from the pile after each answer."""

    def __init__(self, pile: "_Pile") -> None:
        self._pile = pile
        self._buffer = bytearray()
        self._need = -1
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send_next(self) -> None:
        request = self._pile.take()
        if request is None:
            if not self.done.done():
                self.done.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._need < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            at = head.find(b"content-length:")
            assert at >= 0, head
            self._need = end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(self._buffer) < self._need:
            return
        self._pile.note(time.perf_counter() - self._sent_at, self._buffer)
        self._buffer.clear()
        self._need = -1
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's name)
        if not self.done.done():
            self._pile.lost += 1
            self.done.set_result(None)


class _Pile:
    """The requests of a run, handed out once each, and what came back."""

    def __init__(self, requests: list[bytes], *, keep_answers: bool) -> None:
        self._requests = iter(requests)
        self._keep = keep_answers
        self.statuses: Counter[int] = Counter()
        self.seconds: list[float] = []
        self.samples: list[str] = []
        self.bodies: list[bytes] = []
        self.lost = 0

    def take(self) -> bytes | None:
        return next(self._requests, None)

    def note(self, seconds: float, answer: bytearray) -> None:
        status = int(answer[9:12])
        self.seconds.append(seconds)
        self.statuses[status] += 1
        if status >= 300 and len(self.samples) < MOST_SAMPLES:
            self.samples.append(answer.decode(errors="replace")[-600:])
        if self._keep:
            self.bodies.append(bytes(answer[answer.find(b"\r\n\r\n") + 4 :]))


def encode_requests(plan: dict[str, Any]) -> list[bytes]:
    """Return every request of the plan as bytes."""
    head = (
        f"{plan.get('method', 'POST')} {{path}} HTTP/1.1\r\nHost: 127.0.0.1:{plan['port']}\r\n"
        f"Authorization: Bearer {plan['key']}\r\n"
    )
    requests = []
    if plan["kind"] == "gets":
        return [head.replace("{path}", path).encode() + b"\r\n" for path in plan["paths"]]
    fixed = head.replace("{path}", plan["path"]).encode()
    for body in bodies_of(plan):
        length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        requests.append(fixed + length.encode() + body)
    return requests


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Send every request of the plan; return rate, latencies in ms, statuses, and failures."""
    requests = encode_requests(plan)
    pile = _Pile(requests, keep_answers=plan.get("keep_answers", False))
    loop = asyncio.get_running_loop()
    connections = []
    for _ in range(min(plan["connections"], len(requests))):
        _, connection = await loop.create_connection(
            lambda: _Connection(pile), "127.0.0.1", plan["port"]
        )
        connections.append(connection)
    begun = time.perf_counter()
    for connection in connections:
        connection.send_next()
    await asyncio.gather(*(connection.done for connection in connections))
    took = time.perf_counter() - begun
    for connection in connections:
        connection._transport.close()  # noqa: SLF001
    units = plan.get("units_per_request", 1)
    measured: dict[str, Any] = {
        "requests": len(pile.seconds),
        "seconds": took,
        "per_second": len(pile.seconds) * units / took,
        "statuses": dict(pile.statuses),
        "lost": pile.lost,
        "samples": pile.samples,
    }
    for percent in (50, 95, 99):
        measured[f"p{percent}_ms"] = 1000 * percentile(pile.seconds or [0.0], percent)
    if plan.get("keep_answers"):
        measured["answers"] = [body.decode() for body in pile.bodies]
    return measured


def main() -> None:
    """Read the plan, run it, print what was measured."""
    plan = json.loads(sys.stdin.buffer.read())
    with contextlib.suppress(KeyboardInterrupt):
        json.dump(uvloop.run(run(plan)), sys.stdout)


if __name__ == "__main__":
    main()
