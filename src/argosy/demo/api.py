"""The HTTP API as the demo uses it: with a key, whole lists, and batches with their outcomes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx
import msgspec

MOST_ITEMS = 500
_PATIENCE_SECONDS = 120.0


class DemoFailed(RuntimeError):  # noqa: N818  (it names what happened)
    """The demo met an answer that it cannot go on from; the message has it."""


class Api:
    """A client of one server, with one key."""

    def __init__(self, address: str, key: str) -> None:
        self.address = address
        self._client = httpx.AsyncClient(
            base_url=address,
            headers={"Authorization": f"Bearer {key}"},
            timeout=_PATIENCE_SECONDS,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close what is open to the server."""
        await self._client.aclose()

    async def get(self, path: str, **query: Any) -> Any:
        """Return the answer to a question."""
        return _answered(await self._client.get(path, params=query))

    async def post(self, path: str, body: Any) -> Any:
        """Return the answer to a command; raises DemoFailed for a problem."""
        content = msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"}
        return _answered(await self._client.post(path, content=content, headers=headers))

    async def each(self, path: str, **query: Any) -> AsyncIterator[dict[str, Any]]:
        """Yield the items of a list, page after page."""
        after: dict[str, str] = {}
        while True:
            page = await self.get(path, limit=MOST_ITEMS, **query, **after)
            for item in page["items"]:
                yield item
            if page.get("next_after") is None:
                return
            after = {"after": page["next_after"]}

    async def batch(self, path: str, items: Sequence[Any]) -> list[Mapping[str, Any]]:
        """Return one outcome for each of `items`, which are sent in as many batches as it takes."""
        outcomes: list[Mapping[str, Any]] = []
        for first in range(0, len(items), MOST_ITEMS):
            part = list(items[first : first + MOST_ITEMS])
            outcomes += (await self.post(path, {"items": part}))["outcomes"]
        return outcomes


def _answered(answer: httpx.Response) -> Any:
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        request = answer.request
        raise DemoFailed(
            f"{request.method} {request.url.path}: {answer.status_code} {answer.text[:1000]}"
        )
    return msgspec.json.decode(answer.content)
