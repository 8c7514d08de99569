"""Coalesced commits: while batches commit, the next one gathers.

There is no timer: a lone request goes down at once as a batch of one, and under load the batch
grows to what arrived meanwhile. Two batches may be under way, so that one is prepared while the
database writes the other. Each caller hears its own outcome after the commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from argosy.kernel.database import OUTAGES

SMALL_BATCH = 16  # Fewer items are not worth a transaction beside another one.

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Overloaded(Exception):  # noqa: N818  (it names the state, as all refusals do)
    """The queue is full; the caller should come again after `retry_after_seconds`."""

    retry_after_seconds = 1


class Coalescer(Generic[Item, Outcome]):
    """Collects items of concurrent callers into batches, `parallel` of them under way at most.

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
        parallel: int = 2,
        observe: Callable[[int], object] | None = None,
    ) -> None:
        self._run_batch = run_batch
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._observe = observe
        self._waiting: deque[tuple[Item, asyncio.Future[Outcome]]] = deque()
        self._parallel = parallel
        self._flushers: set[asyncio.Task[None]] = set()
        self._flushing = 0
        self._under_way = 0
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
        if self._flushing == 0 or (self._flushing < self._parallel and self._is_worth_it()):
            self._flushing += 1
            flusher = asyncio.create_task(self._flush())
            self._flushers.add(flusher)
            flusher.add_done_callback(self._flushers.discard)
        return await future

    async def drain(self) -> None:
        """Refuse new items and wait until everything handed in has its outcome."""
        self._closed = True
        while self._flushers:
            await asyncio.gather(*self._flushers)

    async def _flush(self) -> None:
        try:
            # Let every caller that is ready in this turn of the loop join the first batch.
            await asyncio.sleep(0)
            while self._waiting:
                size = self._next_size()
                batch = [self._waiting.popleft() for _ in range(size)]
                if self._observe is not None:
                    self._observe(size)
                self._under_way += size
                try:
                    await self._run(batch)
                finally:
                    self._under_way -= size
                if self._flushing > 1 and not self._is_worth_it():
                    return  # Whoever still works takes what waits, or the next to come does.
        finally:
            self._flushing -= 1

    def _is_worth_it(self) -> bool:
        """Return whether a batch may go down beside others: once it is as large as they are."""
        enough = min(self._max_batch, max(SMALL_BATCH, self._under_way))
        return len(self._waiting) >= enough

    def _next_size(self) -> int:
        """Return a share of all there is to do, so that the batches under way are equally large."""
        share = -(-(len(self._waiting) + self._under_way) // self._parallel)
        return min(len(self._waiting), self._max_batch, max(share, SMALL_BATCH))

    async def _run(self, batch: list[tuple[Item, "asyncio.Future[Outcome]"]]) -> None:
        try:
            outcomes = await self._run_batch([item for item, _ in batch])
            assert len(outcomes) == len(batch), "one outcome for each item"
        except Exception as error:  # noqa: BLE001  (every caller hears its own, whatever it was)
            if len(batch) == 1 or isinstance(error, OUTAGES):
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
