"""Coalesced commits: while one batch commits, the next one gathers.

There is no timer: a lone request goes down at once as a batch of one, and under load the batch
grows to what arrived meanwhile. Each caller hears its own outcome after the commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Overloaded(Exception):  # noqa: N818  (it names the state, as all refusals do)
    """The queue is full; the caller should come again after `retry_after_seconds`."""

    retry_after_seconds = 1


class Coalescer(Generic[Item, Outcome]):
    """Collects items of concurrent callers into batches for one flusher.

    `run_batch` takes 1 … `max_batch` items and returns one outcome for each, in order. When it
    raises for a batch of several, the batch is split in halves, so that one bad item cannot fail
    its neighbours; when it raises for one item, that item's caller gets the exception.
    """

    def __init__(
        self,
        run_batch: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]],
        *,
        max_batch: int = 200,
        max_waiting: int = 10_000,
        observe: Callable[[int], object] | None = None,
    ) -> None:
        self._run_batch = run_batch
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._observe = observe
        self._waiting: deque[tuple[Item, asyncio.Future[Outcome]]] = deque()
        self._flusher: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many items wait for the next batch."""
        return len(self._waiting)

    async def submit(self, item: Item) -> Outcome:
        """Hand in `item` and wait for its outcome; raises Overloaded when the queue is full.

        A caller that is cancelled may still have been committed.
        """
        if self._closed or len(self._waiting) >= self._max_waiting:
            raise Overloaded
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        return await future

    async def drain(self) -> None:
        """Refuse new items and wait until everything handed in has its outcome."""
        self._closed = True
        if self._flusher is not None:
            await self._flusher

    async def _flush(self) -> None:
        try:
            # Let every caller that is ready in this turn of the loop join the first batch.
            await asyncio.sleep(0)
            while self._waiting:
                size = min(self._max_batch, len(self._waiting))
                batch = [self._waiting.popleft() for _ in range(size)]
                if self._observe is not None:
                    self._observe(size)
                await self._run(batch)
        finally:
            self._flusher = None

    async def _run(self, batch: list[tuple[Item, "asyncio.Future[Outcome]"]]) -> None:
        try:
            outcomes = await self._run_batch([item for item, _ in batch])
            assert len(outcomes) == len(batch), "one outcome for each item"
        except Exception as error:  # noqa: BLE001  (every caller hears its own, whatever it was)
            if len(batch) == 1 or isinstance(error, OSError):
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                return
            middle = len(batch) // 2
            await self._run(batch[:middle])
            await self._run(batch[middle:])
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if not future.done():
                future.set_result(outcome)
