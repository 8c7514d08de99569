"""Calls to addresses that others chose: never into private networks, unless settings allow it.

A host is resolved once, every address it has is checked, and the connection goes to an address
that was checked: a name that resolves differently a moment later leads nowhere else. Redirects are
not followed, proxies of the environment are not used, and little of the answer is read.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from types import TracebackType
from typing import Literal, Self

import httpx
import msgspec

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

MOST_BODY_BYTES = 4096
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ASSIGNED = ipaddress.IPv4Network("192.0.0.0/24")  # Of protocols; clouds keep secrets there.
_MOST_URL = 2000
_MOST_ADDRESSES = 3  # How many addresses of a host are tried when one cannot be connected to.


class Target(msgspec.Struct, frozen=True):
    """Where a call goes: the parts of its URL and the addresses that were checked."""

    url: str
    host: str
    port: int
    addresses: tuple[str, ...]


class Unreachable(msgspec.Struct, frozen=True):
    """Why a URL is not called; nothing was sent."""

    code: Literal["url_invalid", "host_unknown", "address_refused"]
    detail: str


class Reply(msgspec.Struct, frozen=True):
    """What came back; `body` is text, at most 4 KiB of it."""

    status: int
    body: str
    retry_after: str | None
    address: str
    duration_ms: int


class NoReply(msgspec.Struct, frozen=True):
    """That nothing came back, or not in time; what was sent may have been received."""

    code: Literal[
        "url_invalid",
        "host_unknown",
        "address_refused",
        "timeout",
        "no_connection",
        "secret_unreadable",
    ]
    detail: str
    address: str | None
    duration_ms: int


async def resolve_host(host: str, port: int) -> list[str]:
    """Return every address of `host` in the order the system prefers; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: Address) -> bool:
    """Return whether `address` is one of the public internet, whatever form it hides in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    elif address in _ASSIGNED:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class Guard:
    """Knows which addresses may be called: public ones, and those of the networks in `allow`."""

    def __init__(self, allow: Sequence[str], *, resolve: Resolve = resolve_host) -> None:
        self._allow = [ipaddress.ip_network(each, strict=False) for each in allow]
        self._resolve = resolve

    def permits(self, text: str) -> bool:
        """Return whether the address in `text` may be called."""
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return False
        return is_public(address) or any(address in network for network in self._allow)

    async def find_target(self, url: str) -> Target | Unreachable:
        """Return where `url` leads now, or why it is not called."""
        parts = _parts_of(url)
        if isinstance(parts, Unreachable):
            return parts
        host, port = parts
        try:
            addresses = list(await self._resolve(host, port))
        except (OSError, UnicodeError):
            addresses = []
        if not addresses:
            return Unreachable("host_unknown", f"{host} has no address now.")
        for address in addresses:
            if not self.permits(address):
                return Unreachable(
                    "address_refused",
                    f"{host} leads to {address}, which is not a public address; an operator may "
                    "allow its network by ARGOSY_OUTGOING_ALLOW.",
                )
        return Target(url, host, port, tuple(addresses))


def _parts_of(url: str) -> tuple[str, int] | Unreachable:
    """Return host and port of an absolute http or https URL."""
    try:
        parsed = httpx.URL(url)
        host, port = parsed.raw_host.decode("ascii"), parsed.port
    except (httpx.InvalidURL, ValueError, TypeError):
        return Unreachable("url_invalid", "It is not a URL: https://host/path is one.")
    if parsed.scheme not in {"http", "https"} or not host:
        return Unreachable("url_invalid", "Only http:// and https:// with a host can be called.")
    if parsed.userinfo or parsed.fragment:
        return Unreachable(
            "url_invalid", "The URL cannot hold a user, a password or a fragment (#…)."
        )
    if len(url) > _MOST_URL or (port is not None and not 0 < port < 65536):
        return Unreachable(
            "url_invalid", "A URL has up to 2000 characters and a port from 1 to 65535."
        )
    return host, port or (443 if parsed.scheme == "https" else 80)


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class Courier:
    """Sends a batch of calls; connections to one host are shared while it is open."""

    def __init__(self, guard: Guard, *, timeout_seconds: float, user_agent: str) -> None:
        self._guard = guard
        self._timeout = timeout_seconds
        self._agent = user_agent
        self._targets: dict[str, asyncio.Task[Target | Unreachable]] = {}
        self._clients: dict[tuple[str, int], httpx.AsyncClient] = {}

    async def __aenter__(self) -> Self:
        """Open the courier."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        for task in self._targets.values():
            task.cancel()
        for client in self._clients.values():
            await client.aclose()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply | NoReply:
        """Post `body` to `url` and return what came back within the time-out."""
        started = time.monotonic()
        address: str | None = None

        def elapsed() -> int:
            return int((time.monotonic() - started) * 1000)

        try:
            async with asyncio.timeout(self._timeout):
                target = await self._target(url)
                if isinstance(target, Unreachable):
                    return NoReply(target.code, target.detail, None, elapsed())
                for address in target.addresses[:_MOST_ADDRESSES]:
                    try:
                        status, text, after = await self._exchange(target, address, body, headers)
                    except httpx.ConnectError as error:
                        detail = f"{address} port {target.port} cannot be connected to: {error}"
                        failed = NoReply("no_connection", detail, address, elapsed())
                    else:
                        return Reply(status, text, after, address, elapsed())
                return failed
        except (TimeoutError, httpx.TimeoutException):
            detail = f"No answer came within {self._timeout:g} seconds."
            return NoReply("timeout", detail, address, elapsed())
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            detail = f"{type(error).__name__}: {error}"[:500]
            return NoReply("no_connection", detail, address, elapsed())

    async def _target(self, url: str) -> Target | Unreachable:
        task = self._targets.get(url)
        if task is None:
            task = asyncio.ensure_future(self._guard.find_target(url))
            self._targets[url] = task
        return await asyncio.shield(task)

    async def _exchange(
        self, target: Target, address: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, str, str | None]:
        url = httpx.URL(target.url)
        client = self._clients.get((target.host, target.port))
        if client is None:
            client = httpx.AsyncClient(
                verify=_tls(), trust_env=False, follow_redirects=False, timeout=self._timeout
            )
            self._clients[target.host, target.port] = client
        # The name stays in the Host header and in TLS; only the address is taken from the check.
        async with client.stream(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers={
                "Host": url.netloc.decode("ascii"),
                "User-Agent": self._agent,
                "Accept-Encoding": "identity",
                **headers,
            },
            extensions={"sni_hostname": target.host},
        ) as response:
            text = b""
            async for part in response.aiter_raw():
                text += part
                if len(text) >= MOST_BODY_BYTES:
                    break
            shown = text[:MOST_BODY_BYTES].decode("utf-8", "replace").replace("\x00", "\ufffd")
            return response.status_code, shown, response.headers.get("retry-after")
