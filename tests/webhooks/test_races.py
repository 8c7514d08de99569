"""What happens at the same moment: events and a resuming; and how many statements it takes."""

import asyncio

from argosy.identity import SYSTEM
from argosy.kernel.readers import read_events, sequence_events
from argosy.webhooks import store
from argosy.webhooks.commands import endpoints
from tests.webhooks.conftest import House
from tests.webhooks.receiver import Receiver


async def test_pain_30_an_event_that_meets_a_resuming_is_not_left_behind(
    house: House, receiver: Receiver
) -> None:
    """The reader saw the pause, and holds; the resuming waits for it and lets go."""
    made = await house.subscribe(receiver.url, "order.*")
    now = house.clock.now()
    async with house.db.transaction() as tx:
        await endpoints.pause_endpoint(tx, made.endpoint_id, "Moving.", by=SYSTEM, now=now)
    await house.happen("order.placed.v1")
    await sequence_events(house.db)
    async with house.db.transaction() as tx:
        await store.fan_out(tx, await read_events(tx, 0, 100), now)
        resuming = asyncio.ensure_future(
            house.db.run(
                lambda other: endpoints.resume_endpoint(other, made.endpoint_id, by=SYSTEM, now=now)
            )
        )
        await _until_somebody_waits(house)
    assert isinstance(await resuming, int)
    assert await house.states() == ["pending"]


async def _until_somebody_waits(house: House) -> None:
    waiting = "select 1 from pg_stat_activity where datname = current_database() and "
    for _ in range(2000):
        if await house.rows(waiting + "wait_event_type = 'Lock'"):
            return
    raise AssertionError("nobody waits")


async def test_a_thousand_events_for_many_endpoints_are_one_statement(
    house: House, receiver: Receiver
) -> None:
    for number in range(5):
        await house.subscribe(f"{receiver.url}/{number}", "order.*")
    await house.happen(*["order.placed.v1"] * 1000)
    await sequence_events(house.db)
    statements = []
    async with house.db.transaction() as tx:
        events = await read_events(tx, 0, 1000)
        await store.fan_out(tx, [], house.clock.now())  # The driver learns its types once.
        with tx.query_logger(lambda each: statements.append(each.query)):
            made = await store.fan_out(tx, events, house.clock.now())
    assert (made, len(statements)) == (5000, 1)
