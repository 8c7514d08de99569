"""Coalesced commits: who comes during one batch goes down in the next, with an own outcome."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from argosy.kernel.coalescer import Coalescer, Overloaded


class Commit:
    """A batch that commits when it is let; it notes every batch it was given."""

    def __init__(self, *, bad: int | None = None, error: Exception | None = None) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.bad = bad
        self.error = error or ValueError("bad item")

    async def run(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self.begun.set()
        await self.gate.wait()
        if self.bad in items:
            raise self.error
        return [item * 10 for item in items]


async def test_a_lone_caller_goes_down_at_once() -> None:
    commit = Commit()
    assert await Coalescer(commit.run).submit(1) == 10
    assert commit.batches == [[1]]


async def test_whoever_comes_meanwhile_goes_down_together() -> None:
    commit = Commit()
    coalescer = Coalescer(commit.run, parallel=1)
    commit.gate.clear()
    first = asyncio.create_task(coalescer.submit(0))
    await commit.begun.wait()
    others = [asyncio.create_task(coalescer.submit(number)) for number in range(1, 150)]
    await asyncio.sleep(0)
    assert coalescer.waiting == 149
    commit.gate.set()
    assert await asyncio.gather(first, *others) == [number * 10 for number in range(150)]
    assert commit.batches == [[0], list(range(1, 150))]


async def test_batches_are_no_larger_than_they_may_be() -> None:
    commit = Commit()
    sizes: list[int] = []
    coalescer = Coalescer(commit.run, max_batch=40, observe=sizes.append)
    answers = await asyncio.gather(*(coalescer.submit(number) for number in range(300)))
    assert answers == [number * 10 for number in range(300)]
    assert max(sizes) <= 40
    assert sum(sizes) == 300


async def test_one_bad_item_fails_alone() -> None:
    commit = Commit(bad=7)
    coalescer = Coalescer(commit.run)
    answers = await asyncio.gather(
        *(coalescer.submit(number) for number in range(20)), return_exceptions=True
    )
    assert isinstance(answers.pop(7), ValueError)
    assert answers == [number * 10 for number in range(20) if number != 7]


@pytest.mark.parametrize(
    "outage",
    [
        ConnectionRefusedError("away"),
        asyncpg.ConnectionDoesNotExistError("away"),
        asyncpg.InterfaceError("away"),
    ],
)
async def test_an_outage_is_told_to_all_and_not_tried_again(outage: Exception) -> None:
    """Whether the batch was committed is not known: to try its halves could do it twice."""
    commit = Commit(bad=0, error=outage)
    coalescer = Coalescer(commit.run, parallel=1)
    answers = await asyncio.gather(
        *(coalescer.submit(number) for number in range(9)), return_exceptions=True
    )
    assert answers == [outage] * 9
    assert len(commit.batches) == 1


async def test_a_full_queue_refuses_and_the_caller_may_come_again() -> None:
    commit = Commit()
    coalescer = Coalescer(commit.run, max_waiting=3, parallel=1)
    commit.gate.clear()
    waiting = [asyncio.create_task(coalescer.submit(number)) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await coalescer.submit(9)
    commit.gate.set()
    await asyncio.gather(*waiting)
    assert await coalescer.submit(9) == 90


async def test_draining_finishes_what_was_handed_in_and_takes_nothing_more() -> None:
    commit = Commit()
    coalescer = Coalescer(commit.run, max_batch=10)
    commit.gate.clear()
    waiting = [asyncio.create_task(coalescer.submit(number)) for number in range(35)]
    await asyncio.sleep(0)
    draining = asyncio.create_task(coalescer.drain())
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await coalescer.submit(99)
    commit.gate.set()
    await draining
    assert [task.result() for task in waiting] == [number * 10 for number in range(35)]


async def test_a_caller_that_goes_away_fails_nobody() -> None:
    commit = Commit()
    coalescer = Coalescer(commit.run)
    commit.gate.clear()
    tasks = [asyncio.create_task(coalescer.submit(number)) for number in range(5)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    commit.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers.pop(2), asyncio.CancelledError)
    assert answers == [0, 10, 30, 40]
