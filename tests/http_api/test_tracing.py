"""Traces: one span a request, sent to whoever listens at the endpoint."""

import http.server
import threading
from collections.abc import Iterator

import httpx
import pytest

from argosy.http_api.application import create_app
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.settings import Settings
from tests.http_fixtures import client_of

pytest.importorskip("opentelemetry.sdk")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """Listen as a collector does, and keep what came."""
    came: list[bytes] = []

    class Collects(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: object) -> None:
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collects)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}", came
    listening.shutdown()
    thread.join()
    listening.server_close()


async def test_a_request_is_a_span_under_the_callers_trace(
    db: Database, clock: FixedClock, admin_key: str, collector: tuple[str, list[bytes]]
) -> None:
    endpoint, came = collector
    app = create_app(db, clock, Settings(otlp_endpoint=endpoint))
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with client_of(app, admin_key) as client:
        headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        await client.get("/v1/self", headers=headers)
        answer: httpx.Response = await client.post("/v1/orders", json={}, headers=headers)
        assert answer.status_code == 422
    await app.stop()
    sent = b"".join(came)
    assert b"GET /v1/self" in sent
    assert b"POST /v1/orders" in sent
    assert sent.count(bytes.fromhex(trace)) == 2
