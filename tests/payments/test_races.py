"""Two of everything at once: workers, webhooks, clerks. Money moves once."""

import asyncio
import random

import pytest

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database, Tx
from argosy.kernel.jobs import Job, find_due_jobs, run_jobs
from argosy.kernel.readers import advance_reader, open_cursors, sequence_events
from argosy.kernel.refusals import Refused
from argosy.payments import jobs
from argosy.payments.commands.asks import AmountAsked, Asked, PaymentAsked, add_payments, move_money
from argosy.payments.commands.calls import run_movements
from argosy.payments.commands.charge import charge_orders
from argosy.payments.commands.notices import Heard, take_notices
from argosy.payments.commands.sandbox import Sandbox
from argosy.payments.model import MovementKind
from tests.payments.world import bury, card, money, place, rows, run, ship, until_one_waits

pytestmark = pytest.mark.usefixtures("books")
CAPTURE = next(kind for kind in jobs.JOB_KINDS if kind.kind == "payments.capture")


async def test_a_capture_that_is_asked_for_twice_at_once_is_made_once(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(1000))
    await run(db, clock)
    asked = [AmountAsked(order, 700)]
    outcomes = await asyncio.gather(
        *(
            db.run(lambda tx: move_money(tx, MovementKind.CAPTURE, asked, clock.now()))
            for _ in range(6)
        )
    )
    assert sum(isinstance(each[0], Asked) for each in outcomes) == 1
    await run(db, clock)
    assert (await money(db, order))["captured_minor"] == 700


async def test_who_asks_second_waits_and_decides_by_what_is_left(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(1000))
    await run(db, clock)
    asked = [AmountAsked(order, 700)]
    async with db.transaction() as first:
        [done] = await move_money(first, MovementKind.CAPTURE, asked, clock.now())
        second = asyncio.create_task(
            db.run(lambda tx: move_money(tx, MovementKind.CAPTURE, asked, clock.now()))
        )
        await until_one_waits(db, second)
    assert isinstance(done, Asked)
    [refused] = await second
    assert isinstance(refused, Refused)
    assert refused.facts == {"available_minor": 300, "pending_minor": 700}
    await run(db, clock)


async def test_pain_17_a_webhook_that_comes_while_another_is_taken_in_is_no_news(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(500, "tok_unknown_done"))
    await run(db, clock)
    [operation] = await rows(db, "select * from sandbox_operation")
    signed = await Sandbox(db).sign_notice(operation["reference"], clock.now())
    assert signed is not None
    told = await Sandbox(db).read_webhook(signed.body.encode(), signed.headers, clock.now())
    assert not isinstance(told, Refused)

    async def hear(tx: Tx) -> Heard:
        return await take_notices(tx, "sandbox", told, found_by="webhook", now=clock.now())

    async with db.transaction() as first:
        one = await hear(first)
        second = asyncio.create_task(db.run(hear))
        await until_one_waits(db, second)
    two = await second
    assert (one.settled, two.settled, two.known) == (1, 0, 1)
    assert (await money(db, order))["authorized_minor"] == 500


async def test_an_order_that_is_charged_by_many_at_once_is_charged_once(
    db: Database, clock: FixedClock
) -> None:
    orders = [await place(db, clock, card(100), card(50)) for _ in range(8)]
    await run(db, clock)
    async with db.transaction() as tx:
        await tx.execute("update order_money set to_capture_minor = 120")

    async def charge(seed: int) -> None:
        shuffled = random.Random(seed).sample(orders, len(orders))
        await db.run(lambda tx: charge_orders(tx, shuffled, clock.now()))

    await asyncio.gather(*(charge(seed) for seed in range(6)))
    await run(db, clock)
    for order in orders:
        assert (await money(db, order))["captured_minor"] == 120
    assert len(await rows(db, "select * from sandbox_operation where kind = 'capture'")) == 16


async def test_two_workers_on_one_job_ask_the_gateway_once(db: Database, clock: FixedClock) -> None:
    order = await place(db, clock, card(1000))
    await run(db, clock)
    await db.run(lambda tx: move_money(tx, MovementKind.CAPTURE, [AmountAsked(order)], clock.now()))
    [row] = await rows(db, "select * from job where kind = 'payments.capture'")
    job = Job(**{name: row[name] for name in Job.__struct_fields__})
    # The lease of the first ran out while it still works: both hold the job.
    both = await asyncio.gather(
        *(run_movements(db, [job], clock.now()) for _ in range(2)), return_exceptions=True
    )
    assert not [each for each in both if isinstance(each, BaseException)], both
    assert (await money(db, order))["captured_minor"] == 1000
    assert len(await rows(db, "select * from sandbox_operation where kind = 'capture'")) == 1
    assert len(await rows(db, "select * from event where name = 'payment.captured.v1'")) == 1


async def test_workers_side_by_side_share_the_work(db: Database, clock: FixedClock) -> None:
    orders = [await place(db, clock, card(100 + n)) for n in range(20)]
    await run(db, clock)
    for n, order in enumerate(orders):
        await ship(db, clock, order, (1, 1, 100 + n))
    await open_cursors(db, jobs.READERS)
    await sequence_events(db)
    await asyncio.gather(*(advance_reader(db, jobs.READERS[0], clock.now()) for _ in range(4)))

    async def work(holder: str) -> None:
        while due := (await find_due_jobs(db, clock.now())).get("payments.capture"):
            await run_jobs(db, CAPTURE, due, holder, clock.now(), bury=bury)

    await asyncio.gather(*(work(f"w{n}") for n in range(4)))
    for n, order in enumerate(orders):
        after = await money(db, order)
        assert (after["captured_minor"], after["invoiced_minor"]) == (100 + n, 100 + n)
    numbers = await rows(db, "select number from invoice order by number")
    assert [each["number"] for each in numbers] == list(range(1, 21))


async def test_pain_18_two_payments_for_one_order_at_once_are_one(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, total_minor=500)
    asked = [PaymentAsked(order, "sandbox", token="tok_ok")]
    outcomes = await asyncio.gather(
        *(db.run(lambda tx: add_payments(tx, asked, clock.now())) for _ in range(5))
    )
    assert sum(isinstance(each[0], Asked) for each in outcomes) == 1
    await run(db, clock)
    assert (await money(db, order))["authorized_minor"] == 500
