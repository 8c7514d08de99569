"""Two coalesced batches may be under way: large ones, side by side, and nothing is left waiting."""

import asyncio
from collections.abc import Sequence

from argosy.kernel.coalescer import Coalescer


async def test_every_item_gets_its_outcome_in_batches_of_about_the_same_size() -> None:
    sizes: list[int] = []
    under_way = most = 0

    async def run(batch: Sequence[int]) -> list[int]:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(20):  # The database takes some turns of the loop.
            await asyncio.sleep(0)
        under_way -= 1
        return [-item for item in batch]

    coalescer = Coalescer(run, observe=sizes.append)

    async def caller(number: int) -> None:
        for item in range(number * 50, number * 50 + 50):
            assert await coalescer.submit(item) == -item

    await asyncio.wait_for(asyncio.gather(*(caller(number) for number in range(64))), 30)
    assert sum(sizes) == 64 * 50
    assert most == 2, "one batch is prepared while the other is written"
    assert sum(size >= 16 for size in sizes) > 0.8 * len(sizes), sizes
    assert coalescer.waiting == 0
    await asyncio.wait_for(coalescer.drain(), 5)


async def test_a_lone_item_goes_down_at_once_beside_nothing() -> None:
    gate = asyncio.Event()
    begun: list[int] = []

    async def run(batch: Sequence[int]) -> list[int]:
        begun.append(len(batch))
        await gate.wait()
        return list(batch)

    coalescer = Coalescer(run)
    first = asyncio.create_task(coalescer.submit(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    few = [asyncio.create_task(coalescer.submit(item)) for item in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert begun == [1], "a few items are not worth a transaction beside another one"
    gate.set()
    assert await asyncio.wait_for(asyncio.gather(first, *few), 5) == [1, 0, 1, 2]
    assert begun == [1, 3]
    await coalescer.drain()
