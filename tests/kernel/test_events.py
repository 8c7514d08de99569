"""The event log: nobody misses an event, nobody hears it twice, in the order of each subject."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database, Tx
from argosy.kernel.ids import new_id
from argosy.kernel.leases import drop_leases, take_lease
from argosy.kernel.readers import (
    EventRow,
    Reader,
    advance_reader,
    open_cursors,
    read_events,
    sequence_events,
    sql,
)
from argosy.kernel.schedules import Sweep, run_sweep
from tests.kernel.conftest import Rows, write_event


class Ear:
    """A reader that remembers what it heard, in the transaction of its cursor."""

    def __init__(self, *, failing: int = 0, names: frozenset[str] | None = None) -> None:
        self.heard: list[EventRow] = []
        self.failing = failing
        self.reader = Reader("test", self.apply, names)

    async def apply(self, tx: Tx, events: Sequence[EventRow], now: datetime) -> None:
        if self.failing:
            self.failing -= 1
            raise ValueError("cannot hear")
        self.heard += events

    def versions(self) -> list[int]:
        return [event.subject_version for event in self.heard]


async def _write(db: Database, now: datetime, *versions: int, subject: UUID | None = None) -> UUID:
    subject_id = subject or new_id()
    async with db.transaction() as tx:
        for version in versions:
            await write_event(tx, subject_id, version, now)
    return subject_id


async def test_pain_30_a_late_commit_is_not_missed(db: Database, clock: FixedClock) -> None:
    """An event that was written first but committed last still comes after what was read."""
    ear, now = Ear(), clock.now()
    await open_cursors(db, [ear.reader])
    late = db.writing_pool.acquire()
    connection = await late
    transaction = connection.transaction()
    await transaction.start()
    await write_event(connection, new_id(), 1, now)
    await _write(db, now, 2)
    assert await sequence_events(db) == 1
    assert await advance_reader(db, ear.reader, now) == 1
    assert ear.versions() == [2]
    await transaction.commit()
    await db.writing_pool.release(connection)
    assert await sequence_events(db) == 1
    await advance_reader(db, ear.reader, now)
    assert ear.versions() == [2, 1]
    assert await advance_reader(db, ear.reader, now) == 0


async def test_pain_31_what_is_heard_is_committed_and_whole(
    db: Database, clock: FixedClock
) -> None:
    """No reader sees an event before its change, or of a change that was rolled back."""
    ear, now = Ear(), clock.now()
    await open_cursors(db, [ear.reader])

    async def fail(tx: Tx) -> None:
        await write_event(tx, new_id(), 1, now)
        assert await sequence_events(db) == 0
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await db.run(fail)
    assert await sequence_events(db) == 0
    await _write(db, now, 3)
    await sequence_events(db)
    await advance_reader(db, ear.reader, now)
    assert [event.body for event in ear.heard] == [{"version": 3}]


async def test_versions_of_one_subject_are_heard_in_their_order(
    db: Database, clock: FixedClock
) -> None:
    first, second = new_id(), new_id()
    for version in (1, 2, 3):
        await _write(db, clock.now(), version, subject=first)
        await _write(db, clock.now(), version, subject=second)
    while await sequence_events(db, limit=2):
        pass
    async with db.reading() as tx:
        events = await read_events(tx, 0, 100)
    for subject in (first, second):
        assert [e.subject_version for e in events if e.subject_id == subject] == [1, 2, 3]
    assert [event.position for event in events] == sorted(event.position for event in events)


async def test_many_sequencers_give_each_event_one_position(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    async def write() -> None:
        for _ in range(10):
            await _write(db, clock.now(), 1, 2)

    async def sequence() -> None:
        for _ in range(15):
            await sequence_events(db, limit=7)

    await asyncio.gather(write(), write(), sequence(), sequence(), sequence())
    while await sequence_events(db):
        pass
    found = await rows("select count(*) as n, count(distinct position) as d from event")
    assert found == [{"n": 40, "d": 40}]


async def test_a_position_once_given_never_changes(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    """A second sequencer that looked before the first committed gives nothing a second time."""
    await _write(db, clock.now(), 1, 2, 3)
    async with db.writing_pool.acquire() as first, db.writing_pool.acquire() as second:
        transaction = first.transaction()
        await transaction.start()
        await first.execute(sql("sequence_events"), 10)
        given = await first.fetch("select event_id, position from event order by position")
        pid = second.get_server_pid()
        waiting = asyncio.create_task(second.execute(sql("sequence_events"), 10))
        blocked: list[dict[str, Any]] = []
        while not blocked:
            blocked = await rows(
                "select 1 from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'", pid
            )
        await transaction.commit()
        await waiting
    after = await rows("select event_id, position from event order by position")
    assert after == [dict(row) for row in given]


async def test_a_reader_that_fails_hears_the_same_again(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    ear, now = Ear(failing=2), clock.now()
    await open_cursors(db, [ear.reader])
    await _write(db, now, 1)
    await sequence_events(db)
    for failures in (1, 2):
        with pytest.raises(ValueError, match="cannot hear"):
            await advance_reader(db, ear.reader, now)
        [cursor] = await rows("select * from reader_cursor")
        assert (cursor["position"], cursor["failures"]) == (0, failures)
        assert cursor["last_error"] == "ValueError: cannot hear"
    await advance_reader(db, ear.reader, now)
    [cursor] = await rows("select * from reader_cursor")
    assert (cursor["failures"], cursor["last_error"]) == (0, None)
    assert ear.versions() == [1]


async def test_two_workers_let_a_reader_hear_each_event_once(
    db: Database, clock: FixedClock
) -> None:
    ear, now = Ear(), clock.now()
    await open_cursors(db, [ear.reader])
    for version in range(40):
        await _write(db, now, version)
    await sequence_events(db)
    reader = Reader("test", ear.apply, batch=3)

    async def listen() -> None:
        for _ in range(40):
            await advance_reader(db, reader, now)

    await asyncio.gather(listen(), listen(), listen())
    assert sorted(ear.versions()) == list(range(40))


async def test_a_reader_passes_what_it_does_not_want(db: Database, clock: FixedClock) -> None:
    ear = Ear(names=frozenset({"other.done.v1"}))
    await open_cursors(db, [ear.reader])
    await _write(db, clock.now(), 1, 2)
    await sequence_events(db)
    assert await advance_reader(db, ear.reader, clock.now()) == 2
    assert ear.heard == []


async def test_a_lease_has_one_holder_until_it_ends(db: Database, clock: FixedClock) -> None:
    async def take(holder: str) -> bool:
        return await take_lease(db, "thing", holder, clock.now(), seconds=10)

    taken = await asyncio.gather(*(take(f"holder {number}") for number in range(8)))
    assert taken.count(True) == 1
    holder = f"holder {taken.index(True)}"
    clock.advance(timedelta(seconds=9))
    assert await take(holder), "who holds it may extend it"
    assert not await take("another")
    clock.advance(timedelta(seconds=11))
    assert await take("another"), "who goes silent loses it"
    assert not await take(holder)
    await drop_leases(db, "another")
    assert await take(holder)


async def test_a_sweep_runs_once_a_period_whoever_asks(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    runs: list[datetime] = []

    async def sweep_up(db: Database, now: datetime) -> int:
        runs.append(now)
        return 2 if len(runs) % 3 else 0

    sweep = Sweep("test.sweep", 60, sweep_up)
    done = await asyncio.gather(*(run_sweep(db, sweep, clock.now()) for _ in range(5)))
    assert sorted(done) == [0, 0, 0, 0, 4]
    clock.advance(timedelta(seconds=59))
    assert await run_sweep(db, sweep, clock.now()) == 0
    clock.advance(timedelta(seconds=1))
    assert await run_sweep(db, sweep, clock.now()) == 4
    [row] = await rows("select * from sweep_run")
    assert (row["last_count"], row["last_error"]) == (4, None)


async def test_what_a_sweep_raises_is_kept(db: Database, clock: FixedClock, rows: Rows) -> None:
    async def fail(db: Database, now: datetime) -> int:
        raise ValueError("dirty")

    with pytest.raises(ValueError, match="dirty"):
        await run_sweep(db, Sweep("test.sweep", 60, fail), clock.now())
    [row] = await rows("select * from sweep_run")
    assert row["last_error"] == "ValueError: dirty"


async def test_a_flood_is_sequenced_also_when_the_statistics_know_only_a_trickle(
    db: Database,
) -> None:
    """The planner thinks that one event waits; the plan has to be right for tens of thousands."""
    flood = """
        insert into event (subject_id, name, subject_version, occurred_at, body)
        select gen_random_uuid(), 'order.placed.v1', 1, now(), '{}' from generate_series(1, $1::int)
    """
    async with db.transaction() as tx:
        await tx.execute(flood, 2000)
    assert await sequence_events(db) == 2000
    await db.writing_pool.execute("analyze event")
    async with db.transaction() as tx:
        await tx.execute(flood, 30_000)
    hurried = await Database.connect(db.url, max_size=1, statement_timeout_seconds=10)
    try:
        assert await sequence_events(hurried) == 5000
    finally:
        await hurried.close()
