"""How often a key may ask: a bucket of tokens each, in this process."""

import math
import time
from uuid import UUID

from argosy.kernel.problems import Problem

MOST_KEPT = 10_000
BURST_SECONDS = 2.0


class RateLimiter:
    """Lets each key ask `per_second` times a second on average, 0 meaning without limit.

    Two seconds' worth may come at once. Several server processes each count for themselves.
    """

    __slots__ = ("_buckets", "_per_second")

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._buckets: dict[UUID, tuple[float, float]] = {}

    def take(self, api_key_id: UUID | None) -> None:
        """Count one request; raises Problem 429 when the key has asked too often."""
        if not self._per_second or api_key_id is None:
            return
        now = time.monotonic()
        most = self._per_second * BURST_SECONDS
        left, since = self._buckets.get(api_key_id, (most, now))
        left = min(most, left + (now - since) * self._per_second)
        if left < 1:
            self._buckets[api_key_id] = (left, now)
            wait = max(1, math.ceil((1 - left) / self._per_second))
            raise Problem(
                429,
                "too_many_requests",
                "Too many requests",
                f"This key may ask {self._per_second} times a second; come again.",
                facts={"per_second": self._per_second},
                headers={"Retry-After": str(wait)},
            )
        if len(self._buckets) >= MOST_KEPT:
            self._buckets.clear()
        self._buckets[api_key_id] = (left - 1, now)
