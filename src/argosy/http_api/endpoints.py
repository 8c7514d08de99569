"""Binding a route to the outside: who asks, may they, what did they send, what do they get."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from argosy.http_api.errors import problem_from
from argosy.http_api.incoming import (
    Parameters,
    Receive,
    Scope,
    check_length,
    check_media_type,
    header,
    key_in,
    position_in,
    read_body,
    version_in,
)
from argosy.http_api.keyring import demand
from argosy.http_api.replies import Headers, Reply, reply_of, reply_of_problem
from argosy.http_api.runtime import Runtime
from argosy.identity import SYSTEM, Access
from argosy.kernel.bodies import BodyDecoder
from argosy.kernel.http import AUTHENTICATED, PUBLIC, Route
from argosy.kernel.idempotency import (
    InFlight,
    Kept,
    RequestKey,
    Reserved,
    Reused,
    forget_request,
    keep_answer,
    reserve_request,
)
from argosy.kernel.problems import Problem

_LOOPBACK = ("127.", "::1")
_OPERATOR = Access(None, SYSTEM, frozenset({"metrics:read"}))
_kept_encoder = msgspec.msgpack.Encoder()
_kept_decoder = msgspec.msgpack.Decoder(tuple[bytes, list[tuple[bytes, bytes]], bytes])


def check_body(scope: Scope, limit_bytes: int) -> None:
    """Raise Problem 413 or 415 for a body that announces itself as too long or not JSON."""
    length = header(scope, b"content-length")
    if length is not None:
        check_length(length, limit_bytes)
    media_type = header(scope, b"content-type")
    if media_type is not None:
        check_media_type(media_type)
    elif length not in (None, b"0"):
        check_media_type(b"")


class Endpoint:
    """One route of an application."""

    def __init__(self, route: Route, runtime: Runtime) -> None:
        self.route = route
        self._runtime = runtime
        self._parameters = Parameters(route)
        self._body: BodyDecoder[Any] | None = None
        if route.body_type is not None:
            self._body = BodyDecoder(route.body_type)

    async def answer(
        self, scope: Scope, receive: Receive, values: Mapping[str, str], request_id: str
    ) -> Reply:
        """Return the answer to a request; raises Problem and whatever the handler raises."""
        runtime, route = self._runtime, self.route
        access = await self._access(scope)
        if access is not None:
            runtime.limiter.take(access.api_key_id)
        arguments = self._parameters.read(scope["query_string"], values)
        if values:
            structlog.contextvars.bind_contextvars(**values)
        body = b""
        if self._body is not None:
            check_body(scope, runtime.settings.body_limit_bytes)
            body = await read_body(receive, runtime.settings.body_limit_bytes)
            arguments["data"] = self._body.decode(body)
        arguments |= self._given(scope, access)
        key = key_in(scope) if route.keyed else None
        if key is None or access is None or access.api_key_id is None:
            returned = await route.handler(**arguments)
            return self._not_modified(
                scope, reply_of(returned, route.status_code, route.media_type)
            )
        digest = hashlib.sha256(
            b"\n".join((scope["raw_path"], scope["query_string"], body))
        ).digest()
        asked = RequestKey(access.api_key_id, key, f"{route.method} {route.path}", digest)
        return await self._answer_once(asked, arguments, request_id)

    async def _access(self, scope: Scope) -> Access | None:
        """Return what whoever asks may do, None where nobody is asked."""
        permission = self.route.permission
        if permission == PUBLIC:
            return None
        authorization = header(scope, b"authorization")
        if (
            self.route.path == "/metrics"
            and authorization is None
            and self._runtime.settings.metrics_open
            and (scope.get("client") or ("",))[0].startswith(_LOOPBACK)
        ):
            return _OPERATOR
        access = await self._runtime.keyring.find(authorization)
        if permission != AUTHENTICATED:
            demand(access, permission, scoped=self.route.scoped)
        return access

    def _given(self, scope: Scope, access: Access | None) -> dict[str, Any]:
        wanted = self.route.given
        given: dict[str, Any] = {}
        if "db" in wanted:
            given["db"] = self._runtime.db
        if "clock" in wanted:
            given["clock"] = self._runtime.clock
        if "services" in wanted:
            given["services"] = self._runtime
        if "access" in wanted:
            given["access"] = access
        if "actor" in wanted:
            given["actor"] = access.actor if access is not None else SYSTEM
        if "if_match" in wanted:
            given["if_match"] = version_in(scope)
        if "last_event_id" in wanted:
            given["last_event_id"] = position_in(scope)
        return given

    def _not_modified(self, scope: Scope, reply: Reply) -> Reply:
        """Return 304 for a read of the version that the client has already."""
        if self.route.method != "GET":
            return reply
        known = header(scope, b"if-none-match")
        etag = next((value for name, value in reply.headers if name == b"etag"), None)
        if known is None or etag is None or etag not in known.replace(b"W/", b"").split(b", "):
            return reply
        return Reply(304, b"", headers=[(b"etag", etag)])

    async def _answer_once(
        self, asked: RequestKey, arguments: dict[str, Any], request_id: str
    ) -> Reply:
        """Answer under an Idempotency-Key: run the handler once, then give the kept answer."""
        db, route = self._runtime.db, self.route
        found = await reserve_request(db, asked, self._runtime.clock.now())
        if not isinstance(found, Reserved):
            return _again(found)
        try:
            returned = await route.handler(**arguments)
            reply = reply_of(returned, route.status_code, route.media_type)
        except Exception as error:
            problem = problem_from(error)
            if problem.status >= 500:
                # It may have come to nothing: who asks again is to run it again.
                await forget_request(db, asked, found)
                raise problem from error
            reply = reply_of_problem(problem, request_id)
        if isinstance(reply.body, bytes):
            kept = _kept_encoder.encode((reply.media_type, reply.headers, reply.body))
            await keep_answer(db, asked, found, reply.status, kept)
        return reply


def _again(found: Kept | InFlight | Reused) -> Reply:
    match found:
        case Kept(status, answer):
            media_type, headers, body = _kept_decoder.decode(answer)
            replayed: Headers = [*headers, (b"idempotent-replayed", b"true")]
            return Reply(status, body, media_type, replayed)
        case InFlight():
            raise Problem(
                409,
                "request_in_flight",
                "Request in flight",
                "The first request with this Idempotency-Key is still being answered; come again.",
                headers={"Retry-After": "1"},
            )
        case Reused(route):
            raise Problem(
                409,
                "idempotency_key_reused",
                "Idempotency key reused",
                "This Idempotency-Key belongs to another request: take a new one for new content.",
                facts={"route": route},
            )
