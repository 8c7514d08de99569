"""What goes out: status, headers and body, with what every answer carries."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import msgspec

from argosy.http_api.incoming import Receive, Send
from argosy.kernel.http import Answer
from argosy.kernel.problems import MEDIA_TYPE, Problem

Headers = list[tuple[bytes, bytes]]

JSON = b"application/json"
encode = msgspec.json.Encoder(decimal_format="string").encode

# No script, no style, no frame: what answers programs needs nothing.
API_HEADERS: Headers = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
# Pages take style from this server only; nothing inline, and no script at all.
PAGE_HEADERS: Headers = [
    (b"cache-control", b"no-cache"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        (
            b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; "
            b"base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
]


@dataclass(slots=True)
class Reply:
    """An answer on its way: whole, or a stream of parts."""

    status: int
    body: bytes | AsyncIterator[bytes]
    media_type: bytes = JSON
    headers: Headers = field(default_factory=list)
    code: str | None = None


def encoded(headers: Mapping[str, str]) -> Headers:
    """Return headers as they are sent."""
    return [(key.lower().encode("latin-1"), str(value).encode()) for key, value in headers.items()]


def reply_of_problem(problem: Problem, request_id: str) -> Reply:
    """Return the answer that tells of a problem."""
    return Reply(
        problem.status,
        problem.encode(request_id),
        MEDIA_TYPE,
        encoded(problem.headers),
        problem.code,
    )


def reply_of(returned: object, status: int, media_type: str) -> Reply:
    """Return the answer for what a handler returned."""
    if isinstance(returned, Answer):
        headers = encoded(returned.headers)
        if returned.version is not None:
            headers.append((b"etag", b'"%d"' % returned.version))
        media = returned.media_type
        if media == "application/json" != media_type and isinstance(returned.body, bytes):
            media = media_type
        return Reply(returned.status or status, _body(returned.body), media.encode(), headers)
    if returned is None:
        return Reply(204 if status == 200 else status, b"")
    return Reply(status, _body(returned), media_type.encode())


def _body(body: object) -> bytes | AsyncIterator[bytes]:
    if isinstance(body, bytes | AsyncIterator):
        return body
    return encode(body)


async def send_reply(
    reply: Reply, request_id: str, receive: Receive, send: Send, *, without_body: bool = False
) -> None:
    """Send an answer; a stream ends when it is through or the client has gone."""
    is_page = reply.media_type.startswith((b"text/html", b"text/css"))
    headers = [
        *reply.headers,
        (b"x-request-id", request_id.encode()),
        *(PAGE_HEADERS if is_page else API_HEADERS),
    ]
    if any(name == b"cache-control" for name, _ in reply.headers):
        headers.remove((b"cache-control", b"no-cache" if is_page else b"no-store"))
    if reply.status not in (204, 304):
        media = reply.media_type
        if media.startswith(b"text/") and b"charset" not in media:
            media += b"; charset=utf-8"
        headers.append((b"content-type", media))
    if isinstance(reply.body, bytes):
        if reply.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(reply.body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        body = b"" if without_body else reply.body
        await send({"type": "http.response.body", "body": body})
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if without_body:
        await send({"type": "http.response.body", "body": b""})
        return
    await _stream(reply.body, receive, send)


async def _stream(parts: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        while True:
            part = asyncio.ensure_future(anext(parts, None))
            await asyncio.wait({gone, part}, return_when=asyncio.FIRST_COMPLETED)
            if not part.done():
                part.cancel()
                await asyncio.gather(part, return_exceptions=True)
                return
            chunk = part.result()
            if chunk is None:
                break
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        close = getattr(parts, "aclose", None)
        if close is not None:
            await close()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
