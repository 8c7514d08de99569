"""From an order that is placed to one that is closed, everybody at work and the books exact."""

from datetime import timedelta

from argosy.fulfillment.commands import steps
from argosy.fulfillment.commands.steps import (
    Completing,
    Delivering,
    Shipping,
    StepDone,
    Unshipping,
    take_steps,
)
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.payments.door import Asked, PaymentAsked, add_payments
from argosy.verification import repair_balances, verify_database
from argosy.worker.loop import settle
from argosy.worker.wiring import whole_house
from tests.business import Business
from tests.orders.world import line, order, place_one, stock
from tests.payments.world import rows


async def take(db: Database, clock: FixedClock, asked: steps.Asked) -> StepDone:
    [outcome] = await db.run(
        lambda tx: take_steps(tx, [asked], by="test", now=clock.now(), packages=True)
    )
    assert isinstance(outcome, StepDone), outcome
    return outcome


async def test_orders_go_the_whole_way_and_nothing_differs(
    db: Database, clock: FixedClock, business: Business
) -> None:
    await stock(db, business, "MUG", reading=60, london=40)
    await stock(db, business, "PLATE", reading=60, london=40)
    tokens = ["tok_ok", "tok_slow", "tok_unknown_done", "tok_unknown_lost", "tok_capture_slow"]
    for n, token in enumerate(tokens):
        lines = [line("MUG", 3, "3.33", tax_minor=167), line("SET", 2, "7.77", tax_minor=100)]
        total = sum(each["amount_minor"] for each in lines)
        gift = {"gateway": "sandbox", "method": "gift_card", "amount_minor": 500, "token": "tok_ok"}
        rest = {"gateway": "sandbox", "amount_minor": total - 500, "token": token}
        await place_one(db, order(str(n), *lines, payments=[rest, gift]))
    refused = {"gateway": "sandbox", "amount_minor": 1000, "token": "tok_declined"}
    await place_one(db, order("declined", payments=[refused]))
    house = whole_house()
    for _ in range(4):
        await settle(db, clock, house)
        clock.advance(timedelta(seconds=40))
    works = await rows(db, "select fulfillment_order_id, state from fulfillment_order")
    assert len(works) == len(tokens)
    for number, work in enumerate(works):
        key = work["fulfillment_order_id"]
        one = Completing(key, "post", None, f"T{number}", {1: 1})
        part = await take(db, clock, steps.complete(one))
        if number == 0:
            assert part.shipment_id is not None
            await take(db, clock, steps.unship(Unshipping(key, part.shipment_id, "wrong label")))
            await take(db, clock, steps.ship(Shipping(key, "post", None, f"V{number}")))
        await settle(db, clock, house)
        await take(db, clock, steps.complete(Completing(key, "post", None, f"U{number}")))
        await take(db, clock, steps.deliver(Delivering(key)))
    for _ in range(4):
        await settle(db, clock, house)
        clock.advance(timedelta(seconds=40))
    assert await verify_database(db) == []
    sums = await rows(
        db,
        "select o.lifecycle, m.payment_status, m.total_minor, m.captured_minor, m.invoiced_minor,"
        " (select sum(tax_minor) from invoice i where i.order_id = o.order_id) as tax_minor"
        " from orders o join order_money m using (order_id) where o.external_id <> 'declined'",
    )
    for each in sums:
        assert each["lifecycle"] == "closed"
        assert each["payment_status"] == "captured"
        assert each["captured_minor"] == each["invoiced_minor"] == each["total_minor"]
        assert each["tax_minor"] == 267
    held = await rows(
        db,
        "select h.kind from order_hold h join orders o using (order_id)"
        " where o.external_id = 'declined'",
    )
    assert [each["kind"] for each in held] == ["payment"]
    lines = await rows(db, "select distinct title, sku from invoice_line order by sku")
    assert [each["sku"] for each in lines] == ["MUG", "SET"]
    async with db.transaction() as tx:
        await tx.execute(
            "update payment set captured_minor = captured_minor - 1 where captured_minor > 0"
        )
        await tx.execute("update order_money set authorized_minor = authorized_minor + 7")
    assert await verify_database(db) != []
    await repair_balances(db)
    assert await verify_database(db) == []


async def test_what_is_partly_taken_waits_for_the_rest_and_goes_on_with_another_payment(
    db: Database, clock: FixedClock, business: Business
) -> None:
    # The till captures at placement: the gift card is taken before the card is refused.
    await stock(db, business, "MUG", london=5)
    gift = {"gateway": "sandbox", "method": "gift_card", "amount_minor": 400, "token": "tok_ok"}
    rest = {"gateway": "sandbox", "amount_minor": 600, "token": "tok_slow_declined"}
    asked = order("1", channel="store", payments=[gift, rest])
    order_id = (await place_one(db, asked)).summary.order_id
    house = whole_house()

    async def state() -> tuple[str, list[str], int]:
        await settle(db, clock, house)
        [each] = await rows(
            db,
            "select m.payment_status, (select count(*) from fulfillment_order) as works,"
            " array(select reason from order_hold where released_at is null) as holds"
            " from order_money m where m.order_id = $1",
            order_id,
        )
        return each["payment_status"], each["holds"], each["works"]

    assert await state() == ("partially_captured", [], 0)
    async with db.transaction() as tx:
        await tx.execute("update sandbox_operation set ready_at = ready_at + interval '8 minutes'")
    clock.advance(timedelta(minutes=6))
    assert await state() == ("partially_captured", [], 0)
    clock.advance(timedelta(minutes=6))
    assert await state() == ("partially_captured", ["The card was declined after a check."], 0)
    async with db.transaction() as tx:
        another = PaymentAsked(order_id, "sandbox", token="tok_ok")
        [outcome] = await add_payments(tx, [another], clock.now())
    assert isinstance(outcome, Asked), outcome
    clock.advance(timedelta(seconds=40))
    assert await state() == ("captured", [], 1)
    assert await verify_database(db) == []


async def test_an_order_that_something_is_owed_of_stays_open_until_it_is_paid(
    db: Database, clock: FixedClock, business: Business
) -> None:
    await stock(db, business, "MUG", reading=5)
    part = {"gateway": "sandbox", "amount_minor": 400, "token": "tok_ok"}
    order_id = (await place_one(db, order("1", payments=[part]))).summary.order_id
    house = whole_house()
    await settle(db, clock, house)
    [work] = await rows(db, "select fulfillment_order_id as key from fulfillment_order")
    await take(db, clock, steps.complete(Completing(work["key"], "post", None, "T1")))
    await take(db, clock, steps.deliver(Delivering(work["key"])))

    async def state() -> tuple[str, int, int]:
        clock.advance(timedelta(seconds=40))
        await settle(db, clock, house)
        [each] = await rows(
            db,
            "select lifecycle, captured_minor,"
            " (select count(*) from process_exception where status = 'open') as open"
            " from orders join order_money using (order_id)",
        )
        return each["lifecycle"], each["captured_minor"], each["open"]

    assert await state() == ("placed", 400, 1)
    async with db.transaction() as tx:
        rest = PaymentAsked(order_id, "sandbox", token="tok_ok")
        [outcome] = await add_payments(tx, [rest], clock.now())
    assert isinstance(outcome, Asked), outcome
    assert await state() == ("closed", 1000, 0)
    assert await verify_database(db) == []
