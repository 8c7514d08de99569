"""The application: hot doors first, then the router, and for whatever is raised a problem."""

from collections.abc import Iterable
from time import perf_counter
from typing import Any

import structlog

from argosy.http_api.endpoints import Endpoint
from argosy.http_api.errors import problem_from
from argosy.http_api.hot import HotEndpoint
from argosy.http_api.incoming import Disconnected, Receive, Scope, Send, header, is_sane_id
from argosy.http_api.replies import Reply, reply_of_problem, send_reply
from argosy.http_api.router import Router
from argosy.http_api.runtime import Runtime
from argosy.http_api.table import every_route
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import HotRoute, Route
from argosy.kernel.problems import Problem
from argosy.kernel.settings import Settings

log = structlog.get_logger("argosy.http")


class Application:
    """An ASGI application; `runtime` is what it has. Whoever made it calls `stop` at the end."""

    def __init__(self, runtime: Runtime, routes: Iterable[Route | HotRoute]) -> None:
        self.runtime = runtime
        self._hot: dict[tuple[str, str], HotEndpoint] = {}
        self._router: Router[Endpoint | HotEndpoint] = Router()
        for route in routes:
            if isinstance(route, HotRoute):
                hot = HotEndpoint(route, runtime)
                self._hot[route.method, route.path] = hot
                self._router.add(route.method, route.path, hot)
            else:
                self._router.add(route.method, route.path, Endpoint(route, runtime))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the life of the server."""
        if scope["type"] == "http":
            hot = self._hot.get((scope["method"], scope["path"]))
            if hot is not None:
                await hot(scope, receive, send)
            else:
                await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def stop(self) -> None:
        """End the streams and finish what was handed in; no request is to come any more."""
        await self.runtime.drain()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        measures = self.runtime.measures
        given = header(scope, b"x-request-id")
        if given is not None and is_sane_id(given):
            request_id = given.decode()
        else:
            request_id = self.runtime.next_request_id()
        method, path = scope["method"], "unmatched"
        measures.in_flight += 1
        try:
            with structlog.contextvars.bound_contextvars(request_id=request_id):
                try:
                    raw_path = scope.get("raw_path") or scope["path"].encode()
                    endpoint, values = self._find(method, raw_path)
                    path = endpoint.route.path
                    reply = await endpoint.answer(scope, receive, values, request_id)
                except Disconnected:
                    return
                except Exception as error:  # noqa: BLE001  (whatever it is, the client is answered)
                    reply = reply_of_problem(problem_from(error), request_id)
                await send_reply(reply, request_id, receive, send, without_body=method == "HEAD")
                seconds = perf_counter() - started
                self._note(method, path, reply, seconds)
                if self.runtime.tracer is not None:
                    self.runtime.tracer.note(scope, path, reply.status, seconds, request_id)
        finally:
            measures.in_flight -= 1

    def _find(self, method: str, raw_path: bytes) -> tuple[Endpoint, dict[str, str]]:
        endpoint, values = self._router.find(method, raw_path)
        if isinstance(endpoint, HotEndpoint):
            # A hot path that was written in another way, as with %-escapes.
            detail = "There is nothing at this path; /docs lists what there is."
            raise Problem(404, "path_not_found", "Path not found", detail)
        return endpoint, values

    def _note(self, method: str, path: str, reply: Reply, seconds: float) -> None:
        measures = self.runtime.measures
        if reply.code is not None:
            measures.note_refusal(path, reply.code)
        if isinstance(reply.body, bytes):
            known = method if path != "unmatched" else "any"
            measures.requests(known, path, reply.status).observe(seconds)
        tell = log.debug if method in ("GET", "HEAD") and reply.status < 500 else log.info
        tell(
            "request",
            method=method,
            route=path,
            status=reply.status,
            code=reply.code,
            milliseconds=round(seconds * 1000, 1),
        )


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def create_app(
    db: Database,
    clock: Clock,
    settings: Settings | None = None,
    *,
    routes: Iterable[Route | HotRoute] | None = None,
) -> Application:
    """Return the application on a migrated database, with every route or those given.

    `db` stays the caller's, who closes it after `Application.stop`.
    """
    runtime = Runtime(db, clock, settings or Settings())
    found: tuple[Any, ...] = every_route() if routes is None else tuple(routes)
    runtime.routes = found
    return Application(runtime, found)
