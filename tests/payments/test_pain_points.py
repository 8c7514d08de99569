"""What users of other systems suffer from in payments, and what keeps it from happening here."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.ids import new_id
from argosy.kernel.jobs import requeue_jobs
from argosy.kernel.refusals import Refused
from argosy.payments import PaymentAsk
from argosy.payments.commands import notices as listening
from argosy.payments.commands.asks import (
    AmountAsked,
    Asked,
    Outcome,
    PaymentAsked,
    add_payments,
    give_money_back,
    move_money,
)
from argosy.payments.commands.gateways import gateways
from argosy.payments.commands.notices import Heard, match_strays, take_notices, watch_gateways
from argosy.payments.commands.sandbox import Sandbox
from argosy.payments.model import MovementKind, MovementState, Notice, Reply
from argosy.payments.model.money import Movement
from argosy.payments.store import ledger
from tests.payments.world import card, money, place, rows, run, run_for, ship

pytestmark = pytest.mark.usefixtures("books")


async def move(
    db: Database, clock: FixedClock, kind: str, *asked: AmountAsked, **options: Any
) -> list[Outcome]:
    return await db.run(
        lambda tx: move_money(tx, MovementKind(kind), asked, clock.now(), **options)
    )


async def hear(db: Database, clock: FixedClock, notices: list[Notice]) -> Heard:
    return await db.run(
        lambda tx: take_notices(tx, "sandbox", notices, found_by="webhook", now=clock.now())
    )


async def webhook(db: Database, clock: FixedClock, reference: str) -> list[Notice]:
    """Return what the sandbox's webhook about an operation says, signature checked."""
    sandbox = Sandbox(db)
    signed = await sandbox.sign_notice(reference, clock.now())
    assert signed is not None
    told = await sandbox.read_webhook(signed.body.encode(), signed.headers, clock.now())
    assert not isinstance(told, Refused)
    return list(told)


async def captured_order(db: Database, clock: FixedClock, *payments: PaymentAsk) -> Any:
    order = await place(db, clock, *payments)
    await run(db, clock)
    total = sum(each.amount_minor for each in payments)
    await ship(db, clock, order, (1, 1, total))
    await run(db, clock)
    assert (await money(db, order))["captured_minor"] == total
    return order


async def test_pain_11_money_is_not_spent_twice_from_two_windows(
    db: Database, clock: FixedClock
) -> None:
    order = await captured_order(db, clock, card(1000, method="store_credit"))
    outcomes = await asyncio.gather(
        *(move(db, clock, "refund", AmountAsked(order, 600)) for _ in range(6))
    )
    done = [each for [each] in outcomes if isinstance(each, Asked)]
    assert len(done) == 1
    await run(db, clock)
    assert (await money(db, order))["refunded_minor"] == 600


async def test_pain_11_the_row_refuses_whoever_forgets_to_lock(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(1000))
    await run(db, clock)
    too_much = Movement(
        order_id=order,
        movement_id=new_id(),
        payment_no=1,
        kind=MovementKind.CAPTURE,
        amount_minor=1001,
        cause_kind="test",
    )
    with pytest.raises(asyncpg.CheckViolationError, match="captured_within_authorized"):
        await db.run(lambda tx: ledger.ask_movements(tx, [(too_much, True)], clock.now()))
    assert await rows(db, "select * from job where kind = 'payments.capture'") == []


async def test_pain_16_a_payment_without_an_order_is_kept_and_told_to_a_person(
    db: Database, clock: FixedClock
) -> None:
    reference, capture = await Sandbox(db).pay_intent("GBP", 900, {"cart": "C-1"}, clock.now())
    heard = await hear(db, clock, await webhook(db, clock, capture))
    assert (heard.strays, heard.observed) == (1, 0)
    again = await hear(db, clock, await webhook(db, clock, capture))
    assert (again.strays, again.known) == (0, 1)
    [told] = await rows(db, "select * from process_exception")
    assert (told["category"], told["facts"]["hint"]) == ("payment", {"cart": "C-1"})
    # The order comes late, if at all; then the money is its, and nobody pays twice.
    ask = PaymentAsk("sandbox", "card", 900, authorization_ref=reference)
    order = await place(db, clock, ask)
    assert await match_strays(db, clock.now()) == 1
    assert (await money(db, order))["payment_status"] == "captured"
    [stray] = await rows(db, "select * from stray_payment")
    assert (stray["state"], stray["order_id"]) == ("matched", order)
    [told] = await rows(db, "select * from process_exception")
    assert told["status"] == "resolved"
    await ship(db, clock, order, (1, 1, 900))
    await run(db, clock)
    assert (await money(db, order))["captured_minor"] == 900


async def test_pain_16_a_sweep_finds_captures_that_nobody_told_of(
    db: Database, clock: FixedClock
) -> None:
    await captured_order(db, clock, card(500))
    await Sandbox(db).pay_intent("GBP", 900, {}, clock.now())
    assert await watch_gateways(db, clock.now()) == 0  # Too fresh: it may still be written.
    later = clock.advance(timedelta(minutes=5))
    assert await watch_gateways(db, later) == 1
    assert await watch_gateways(db, later) == 0
    [stray] = await rows(db, "select * from stray_payment")
    assert (stray["amount_minor"], stray["found_by"]) == (900, "sweep")


async def test_pain_16_a_gateway_that_fails_keeps_no_other_from_being_watched(
    db: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(Sandbox):
        async def list_captures(self, *_: Any) -> Any:
            raise OSError("away")

    both = {"away": Away(db), "sandbox": Sandbox(db)}
    monkeypatch.setattr(listening, "gateways", lambda _: both)
    await Sandbox(db).pay_intent("GBP", 900, {}, clock.now())
    with pytest.raises(OSError, match="away"):
        await watch_gateways(db, clock.advance(timedelta(minutes=5)))
    assert [each["amount_minor"] for each in await rows(db, "select * from stray_payment")] == [900]
    watched = await rows(db, "select gateway from gateway_watch")
    assert watched == [{"gateway": "sandbox"}]


async def test_pain_16_money_in_another_currency_is_no_part_of_the_order(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, PaymentAsk("sandbox", "card", 900, authorization_ref="A-1"))
    reply = Reply(MovementState.SUCCEEDED, "C-1")
    told = Notice(MovementKind.CAPTURE, "C-1", 900, "EUR", reply, authorization_reference="A-1")
    assert (await hear(db, clock, [told])).strays == 1
    assert (await money(db, order))["captured_minor"] == 0


async def test_pain_16_the_webhook_alone_finishes_a_payment(
    db: Database, clock: FixedClock
) -> None:
    """The answer to the call is lost and nobody looks it up: the webhook is enough."""
    order = await place(db, clock, card(500, "tok_unknown_done"))
    await run(db, clock)
    [movement] = await rows(db, "select * from money_movement")
    assert movement["state"] == "unknown"
    [operation] = await rows(db, "select * from sandbox_operation")
    heard = await hear(db, clock, await webhook(db, clock, operation["reference"]))
    assert heard.settled == 1
    assert (await money(db, order))["payment_status"] == "authorized"


async def test_pain_17_webhook_return_page_and_call_count_once(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(500, "tok_capture_slow"))
    await run(db, clock)
    await ship(db, clock, order, (1, 1, 500))
    await run(db, clock)
    clock.advance(timedelta(seconds=60))
    [operation] = await rows(db, "select * from sandbox_operation where kind = 'capture'")
    notices = await webhook(db, clock, operation["reference"])
    both = await asyncio.gather(
        hear(db, clock, notices), hear(db, clock, notices), run(db, clock), hear(db, clock, notices)
    )
    assert sum(each.settled for each in both if isinstance(each, Heard)) <= 1
    after = await money(db, order)
    assert (after["captured_minor"], after["pending_capture_minor"]) == (500, 0)
    captured = "select * from event where name = 'payment.captured.v1'"
    assert len(await rows(db, captured)) == 1


async def test_pain_17_a_reference_that_was_counted_is_not_counted_again(
    db: Database, clock: FixedClock
) -> None:
    one = await captured_order(db, clock, card(500))
    other = await place(db, clock, card(500))
    await run(db, clock)
    [old] = await rows(
        db, "select * from money_movement where order_id = $1 and kind = 'capture'", one
    )
    [asked] = await move(db, clock, "capture", AmountAsked(other))
    assert isinstance(asked, Asked)
    notice = (await webhook(db, clock, old["gateway_reference"]))[0]
    forged = msgspec.structs.replace(
        notice, key=str(asked.movements[0].movement_id), order_id=other
    )
    await hear(db, clock, [forged])
    assert (await money(db, other))["captured_minor"] == 0


async def test_pain_18_a_pending_payment_is_shown_and_blocks_a_second_one(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(500, "tok_slow"))
    await run(db, clock)
    before = await money(db, order)
    assert (before["pending_authorization_minor"], before["payment_status"]) == (500, "pending")
    second = PaymentAsked(order, "sandbox", token="tok_ok")
    [refused] = await db.run(lambda tx: add_payments(tx, [second], clock.now()))
    assert isinstance(refused, Refused)
    assert refused.code == "payment_in_progress"
    assert refused.facts == {"pending_minor": 500}
    await run_for(db, clock, 2)
    assert (await money(db, order))["payment_status"] == "authorized"
    [refused] = await db.run(lambda tx: add_payments(tx, [second], clock.now()))
    assert isinstance(refused, Refused)
    assert refused.code == "nothing_to_pay"


async def test_pain_19_giving_back_lets_go_of_what_was_not_taken_and_refunds_the_rest(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(1000))
    await run(db, clock)
    await ship(db, clock, order, (1, 1, 400))
    await run(db, clock)
    [asked] = await db.run(lambda tx: give_money_back(tx, [AmountAsked(order, 750)], clock.now()))
    assert isinstance(asked, Asked)
    assert [(m.kind.value, m.amount_minor) for m in asked.movements] == [
        ("void", 600),
        ("refund", 150),
    ]
    await run(db, clock)
    after = await money(db, order)
    assert (after["voided_minor"], after["refunded_minor"]) == (600, 150)


async def test_pain_19_a_refused_refund_has_a_state_of_its_own_and_is_tried_again(
    db: Database, clock: FixedClock
) -> None:
    order = await captured_order(db, clock, card(1000, "tok_refund_declined"))
    await move(db, clock, "refund", AmountAsked(order, 300))
    await run(db, clock)
    after = await money(db, order)
    assert (after["refunded_minor"], after["pending_refund_minor"]) == (0, 0)
    [job] = await rows(db, "select * from job where kind = 'payments.refund'")
    assert job["state"] == "dead"
    async with db.transaction() as tx:
        await tx.execute("update sandbox_authorization set token = 'tok_ok'")
        await requeue_jobs(tx, [job["job_id"]], clock.now())
    await run(db, clock)
    assert (await money(db, order))["refunded_minor"] == 300


async def test_pain_20_the_status_follows_from_the_ledger(db: Database, clock: FixedClock) -> None:
    order = await captured_order(db, clock, card(1000))
    await move(db, clock, "refund", AmountAsked(order, 400))
    assert (await money(db, order))["payment_status"] == "captured"
    await run(db, clock)
    assert (await money(db, order))["payment_status"] == "partially_refunded"
    await move(db, clock, "refund", AmountAsked(order))
    await run(db, clock)
    assert (await money(db, order))["payment_status"] == "refunded"
    with pytest.raises(asyncpg.GeneratedAlwaysError):
        async with db.transaction() as tx:
            await tx.execute("update order_money set payment_status = 'captured'")


async def test_pain_22_a_refund_larger_than_one_payment_is_spread_over_the_others(
    db: Database, clock: FixedClock
) -> None:
    order = await captured_order(db, clock, card(300, method="gift_card"), card(400), card(300))
    [asked] = await move(db, clock, "refund", AmountAsked(order, 850), preview=True)
    assert isinstance(asked, Asked)
    assert [(m.payment_no, m.amount_minor) for m in asked.movements] == [
        (3, 300),
        (2, 400),
        (1, 150),
    ]
    await move(db, clock, "refund", AmountAsked(order, 850))
    await run(db, clock)
    assert (await money(db, order))["refunded_minor"] == 850
    [refused] = await move(db, clock, "refund", AmountAsked(order, 151))
    assert isinstance(refused, Refused)
    assert refused.facts["refundable_minor"] == 150


async def test_pain_24_due_is_the_total_without_what_was_taken_net(
    db: Database, clock: FixedClock
) -> None:
    order = await captured_order(db, clock, card(1000))
    async with db.transaction() as tx:
        before = (await ledger.load_money(tx, [order]))[order]
        await tx.execute("update order_money set total_minor = 1200")
        more = (await ledger.load_money(tx, [order]))[order]
        await tx.execute("update order_money set total_minor = 700")
        less = (await ledger.load_money(tx, [order]))[order]
        await tx.execute("update order_money set total_minor = 1000")
    assert (before.due_minor, more.due_minor, less.due_minor) == (0, 200, 0)
    assert (less.captured_minor, less.voided_minor) == (1000, 0)


async def test_pain_28_what_is_asked_of_the_gateways_is_the_total_to_the_minor_unit(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(333), card(667), lines=[(1000, 167, 7)])
    await run(db, clock)
    for worth in (142, 143, 143, 143, 143, 143, 143):
        await ship(db, clock, order, (1, 1, worth))
        await run(db, clock)
    invoices = await rows(db, "select sum(total_minor) t, sum(tax_minor) x from invoice")
    assert invoices == [{"t": 1000, "x": 167}]
    asked = await rows(
        db, "select sum(amount_minor) n from sandbox_operation where kind = 'capture'"
    )
    assert asked == [{"n": 1000}]


async def test_pain_36_invoice_numbers_have_no_gap_even_when_work_is_undone(
    db: Database, clock: FixedClock
) -> None:
    orders = [await place(db, clock, card(100)) for _ in range(5)]
    await run(db, clock)
    for order in orders[:2]:
        await ship(db, clock, order, (1, 1, 100))
    await run(db, clock)
    await ship(db, clock, orders[2], (1, 1, 100))
    # The invoice is written, and then what hears of the shipment meets an unknown currency.
    await ship(db, clock, orders[3], (1, 1, 100), currency=None)
    with pytest.raises(asyncpg.NotNullViolationError):
        await run(db, clock)
    async with db.transaction() as tx:
        await tx.execute(
            "update event set body = jsonb_set(body, '{currency}', '\"GBP\"')"
            " where name = 'fulfillment.shipped.v1'"
        )
    await ship(db, clock, orders[4], (1, 1, 100))
    await run(db, clock)
    numbers = await rows(db, "select number from invoice order by number")
    assert [each["number"] for each in numbers] == [1, 2, 3, 4, 5]


async def test_pain_41_a_failed_call_shows_in_its_job_and_can_be_tried_again(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(500, "tok_capture_declined"))
    await run(db, clock)
    await ship(db, clock, order, (1, 1, 500))
    await run(db, clock)
    [job] = await rows(db, "select * from job where kind = 'payments.capture'")
    assert (job["state"], job["result"]["state"]) == ("dead", "failed")
    assert job["result"]["code"] == "card_declined"
    [told] = await rows(db, "select * from process_exception")
    assert (told["step"], told["order_id"]) == ("payments.capture", order)
    async with db.transaction() as tx:
        await tx.execute("update sandbox_authorization set token = 'tok_ok'")
        await requeue_jobs(tx, [job["job_id"]], clock.now())
    await run(db, clock)
    assert (await money(db, order))["payment_status"] == "captured"
    [job] = await rows(db, "select * from job where job_id = $1", job["job_id"])
    assert (job["state"], job["result"]["state"]) == ("done", "asked_anew")


async def test_gateways_of_the_house_are_there(db: Database) -> None:
    assert {"manual", "sandbox"} <= set(gateways(db))
