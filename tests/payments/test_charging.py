"""From an authorization to money: what is captured when, and what is invoiced for it."""

import pytest

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.payments import PaymentAsk
from tests.payments.world import card, money, place, rows, run, run_for, ship, tell

pytestmark = pytest.mark.usefixtures("books")


async def test_an_order_is_authorized_shipped_captured_and_invoiced(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(1000), lines=[(1000, 167, 3)])
    assert (await money(db, order))["payment_status"] == "pending"
    await run(db, clock)
    assert (await money(db, order))["payment_status"] == "authorized"
    await ship(db, clock, order, (1, 1, 333))
    await run(db, clock)
    part = await money(db, order)
    assert part["payment_status"] == "partially_captured"
    assert (part["captured_minor"], part["invoiced_minor"]) == (333, 333)
    await ship(db, clock, order, (1, 2, 667))
    await run(db, clock)
    whole = await money(db, order)
    assert (whole["payment_status"], whole["captured_minor"]) == ("captured", 1000)
    invoices = await rows(db, "select * from invoice order by number")
    assert [i["invoice_number"] for i in invoices] == ["INV-000001", "INV-000002"]
    assert [i["total_minor"] for i in invoices] == [333, 667]
    assert sum(i["tax_minor"] for i in invoices) == 167
    states = await rows(db, "select kind, state, result from job order by created_at")
    assert [s["state"] for s in states] == ["done"] * 3
    assert states[0]["result"]["state"] == "succeeded"
    names = await rows(
        db, "select name from event where name like 'payment.%' order by recorded_at"
    )
    assert [n["name"] for n in names] == [
        "payment.authorized.v1",
        "payment.invoice_issued.v1",
        "payment.captured.v1",
        "payment.invoice_issued.v1",
        "payment.captured.v1",
    ]


async def test_gift_cards_and_store_credit_are_taken_first(db: Database, clock: FixedClock) -> None:
    order = await place(
        db, clock, card(600), card(300, method="gift_card"), card(100, method="store_credit")
    )
    await run(db, clock)
    await ship(db, clock, order, (1, 1, 350))
    await run(db, clock)
    taken = await rows(db, "select method, captured_minor from payment order by payment_no")
    assert [t["captured_minor"] for t in taken] == [0, 300, 50]
    await ship(db, clock, order, (1, 1, 650))
    await run(db, clock)
    taken = await rows(db, "select captured_minor from payment order by payment_no")
    assert [t["captured_minor"] for t in taken] == [600, 300, 100]


async def test_a_channel_may_capture_at_placement_but_not_while_the_order_is_held(
    db: Database, clock: FixedClock
) -> None:
    free = await place(db, clock, card(500), capture_when="placement")
    held = await place(db, clock, card(700), capture_when="placement", holds=["fraud"])
    await run(db, clock)
    assert (await money(db, free))["captured_minor"] == 500
    assert (await money(db, held))["captured_minor"] == 0
    await tell(db, clock, "order.hold_released.v1", held, active_holds=0)
    await run(db, clock)
    assert (await money(db, held))["captured_minor"] == 700
    await ship(db, clock, free, (1, 1, 500))
    await run(db, clock)
    assert (await money(db, free))["captured_minor"] == 500
    assert (await money(db, free))["invoiced_minor"] == 500


async def test_a_channel_may_capture_at_release(db: Database, clock: FixedClock) -> None:
    order = await place(db, clock, card(500), capture_when="release")
    await run(db, clock)
    assert (await money(db, order))["captured_minor"] == 0
    await tell(db, clock, "fulfillment.routed.v1", order)
    await run(db, clock)
    assert (await money(db, order))["captured_minor"] == 500


async def test_an_expired_authorization_is_asked_for_anew(db: Database, clock: FixedClock) -> None:
    order = await place(db, clock, card(1000, "tok_expires_soon"))
    await run(db, clock)
    await run_for(db, clock, 2)
    await ship(db, clock, order, (1, 1, 1000))
    await run(db, clock)
    after = await money(db, order)
    assert (after["payment_status"], after["captured_minor"]) == ("captured", 1000)
    first, second = await rows(db, "select * from payment order by payment_no")
    assert (first["voided_minor"], second["renews_no"], second["captured_minor"]) == (1000, 1, 1000)


async def test_a_gateway_that_says_expired_is_believed(db: Database, clock: FixedClock) -> None:
    order = await place(db, clock, card(1000, "tok_expires_soon"))
    await run(db, clock)
    async with db.transaction() as tx:
        await tx.execute("update payment set authorization_expires_at = null")
    await run_for(db, clock, 2)
    await ship(db, clock, order, (1, 1, 1000))
    await run(db, clock)
    assert (await money(db, order))["captured_minor"] == 1000
    failed = await rows(db, "select code from money_movement where state = 'failed'")
    assert [f["code"] for f in failed] == ["authorization_expired"]
    assert await rows(db, "select * from process_exception") == []


async def test_a_held_order_is_never_charged_beyond_its_authorization(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(1000, "tok_expires_soon"))
    await run(db, clock)
    await run_for(db, clock, 2)
    await tell(db, clock, "order.hold_placed.v1", order)
    await ship(db, clock, order, (1, 1, 1000))
    await run(db, clock)
    assert (await money(db, order))["captured_minor"] == 0
    assert len(await rows(db, "select * from payment")) == 1
    [open_one] = await rows(db, "select * from process_exception")
    assert open_one["step"] == "payments.charge"
    await tell(db, clock, "order.hold_released.v1", order, active_holds=0)
    await run(db, clock)
    assert (await money(db, order))["captured_minor"] == 1000
    [told] = await rows(db, "select status from process_exception")
    assert told["status"] == "resolved"


async def test_what_is_left_is_let_go_when_everything_is_charged_or_the_order_closes(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(1000), total_minor=800)
    await run(db, clock)
    await ship(db, clock, order, (1, 1, 800))
    await run(db, clock)
    after = await money(db, order)
    assert (after["captured_minor"], after["voided_minor"]) == (800, 200)
    other = await place(db, clock, card(1000))
    await run(db, clock)
    await tell(db, clock, "order.closed.v1", other)
    await run(db, clock)
    after = await money(db, other)
    assert (after["voided_minor"], after["closed"]) == (1000, True)


async def test_a_gateway_that_captures_in_parts_is_asked_until_it_is_whole(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(1000, "tok_capture_partial"))
    await run(db, clock)
    await ship(db, clock, order, (1, 1, 1000))
    await run(db, clock)
    assert (await money(db, order))["captured_minor"] == 1000
    parts = await rows(
        db, "select amount_minor from money_movement where kind = 'capture' order by asked_at"
    )
    assert sum(p["amount_minor"] for p in parts) == 1000
    assert len(parts) > 5


async def test_manual_payments_are_written_down_at_once(db: Database, clock: FixedClock) -> None:
    agreed = await place(db, clock, PaymentAsk("manual", "invoice", 500))
    referred = await place(db, clock, PaymentAsk("manual", "card", 500, authorization_ref="A-1"))
    for order in (agreed, referred):
        await ship(db, clock, order, (1, 1, 500))
    await run(db, clock)
    for order in (agreed, referred):
        assert (await money(db, order))["payment_status"] == "captured"
    assert await rows(db, "select * from sandbox_operation") == []


async def test_a_shipment_that_was_taken_back_and_leaves_again_is_charged_once(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(1000), lines=[(1000, 0, 2)])
    await run(db, clock)
    await ship(db, clock, order, (1, 1, 500))
    await ship(db, clock, order, (1, 1, 0))
    await ship(db, clock, order, (1, 1, 500))
    await run(db, clock)
    assert (await money(db, order))["captured_minor"] == 1000
    assert len(await rows(db, "select * from invoice")) == 2
