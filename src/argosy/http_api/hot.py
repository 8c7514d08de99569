"""The hot doors: answered before anything else looks at the request, at the least cost."""

from time import perf_counter

import structlog

from argosy.http_api.errors import problem_from
from argosy.http_api.incoming import (
    Disconnected,
    Receive,
    Scope,
    Send,
    check_length,
    check_media_type,
    is_sane_id,
    read_body,
)
from argosy.http_api.keyring import demand
from argosy.http_api.replies import API_HEADERS, JSON, reply_of_problem, send_reply
from argosy.http_api.runtime import Runtime
from argosy.identity import Access, Actor
from argosy.kernel.http import PUBLIC, HotRequest, HotRoute

log = structlog.get_logger("argosy.http")

_ANYBODY = Access(None, Actor("system", "anybody"), frozenset())
_FIXED = [*API_HEADERS, (b"content-type", JSON)]


class HotEndpoint:
    """One hot route of an application: its handler, and nothing else that it does not need."""

    __slots__ = ("_handler", "_runtime", "_seconds", "route")

    def __init__(self, route: HotRoute, runtime: Runtime) -> None:
        self.route = route
        self._runtime = runtime
        self._handler = route.open(runtime)
        self._seconds = runtime.measures.requests(route.method, route.path, route.status_code)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = perf_counter()
        runtime = self._runtime
        measures = runtime.measures
        measures.in_flight += 1
        request_id = None
        try:
            authorization = None
            limit = runtime.settings.body_limit_bytes
            media_type = b""
            for name, value in scope["headers"]:
                if name == b"authorization":
                    authorization = value
                elif name == b"content-type":
                    media_type = value
                elif name == b"content-length":
                    check_length(value, limit)
                elif name == b"x-request-id" and is_sane_id(value):
                    request_id = value.decode()
            if request_id is None:
                request_id = runtime.next_request_id()
            if self.route.permission == PUBLIC:
                access = _ANYBODY
            else:
                known = runtime.keyring.peek(authorization) if authorization is not None else None
                access = known or await runtime.keyring.find(authorization)
                demand(access, self.route.permission, scoped=self.route.scoped)
                runtime.limiter.take(access.api_key_id)
            if media_type != JSON:
                check_media_type(media_type)
            body = await read_body(receive, limit)
            status, answer = await self._handler(
                HotRequest(body, access.actor, access, scope["headers"], request_id)
            )
        except Disconnected:
            measures.in_flight -= 1
            return
        except Exception as error:  # noqa: BLE001  (whatever it is, the client gets an answer)
            request_id = request_id or runtime.next_request_id()
            status = await self._answer_problem(error, request_id, started, receive, send)
            if runtime.tracer is not None:
                seconds = perf_counter() - started
                runtime.tracer.note(scope, self.route.path, status, seconds, request_id)
            return
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    *_FIXED,
                    (b"content-length", b"%d" % len(answer)),
                    (b"x-request-id", request_id.encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer})
        measures.in_flight -= 1
        seconds = perf_counter() - started
        if runtime.tracer is not None:
            runtime.tracer.note(scope, self.route.path, status, seconds, request_id)
        if status == self.route.status_code:
            self._seconds.observe(seconds)
        else:
            measures.requests(self.route.method, self.route.path, status).observe(seconds)

    async def _answer_problem(
        self, error: Exception, request_id: str, started: float, receive: Receive, send: Send
    ) -> int:
        measures, route = self._runtime.measures, self.route
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            problem = problem_from(error)
        try:
            await send_reply(reply_of_problem(problem, request_id), request_id, receive, send)
        finally:
            measures.in_flight -= 1
            measures.note_refusal(route.path, problem.code)
            seconds = perf_counter() - started
            measures.requests(route.method, route.path, problem.status).observe(seconds)
        return problem.status
