"""Cancellations against the database: stock, work, counters; the books are checked after each."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from argosy.fulfillment.commands import steps
from argosy.fulfillment.commands.cancel import cancel_orders
from argosy.fulfillment.commands.route import route_due_groups
from argosy.fulfillment.commands.steps import Completing, StepDone, take_steps
from argosy.inventory.commands.fill import fill_skus
from argosy.kernel.database import Database
from argosy.kernel.refusals import Refused
from argosy.orders import CancelAsked
from argosy.orders.commands.cancel import cancel_units
from argosy.orders.door import Canceled
from argosy.verification import verify_database
from tests.business import Business, make_business
from tests.orders.world import (
    NOW,
    counted,
    counts,
    fetch,
    fetch_value,
    line,
    order,
    place,
    place_one,
    stock,
)


@pytest.fixture
async def shop(db: Database) -> AsyncIterator[Business]:
    """Make the small business with stock; every book must agree when the test is over."""
    made = await make_business(db, NOW)
    for sku in ("MUG", "PLATE", "BOWL"):
        await stock(db, made, sku, reading=100, venlo=100, london=20)
    yield made
    findings = await verify_database(db)
    # Stock is written straight into its tables above; what it says of positions is not at stake.
    assert [each for each in findings if "cursor" not in each.rule] == []


def ask(order_id: UUID, units: dict[int, int] | None = None, **more: Any) -> CancelAsked:
    return CancelAsked(order_id, "customer", units, **more)


async def cancel(db: Database, *asked: CancelAsked, **how: Any) -> list[Canceled | Refused]:
    return await db.run(lambda tx: cancel_orders(tx, asked, by="test", now=NOW, **how))


async def canceled(db: Database, *asked: CancelAsked) -> Canceled:
    outcome = (await cancel(db, *asked))[0]
    assert isinstance(outcome, Canceled), outcome
    return outcome


async def refused(db: Database, asked: CancelAsked) -> str:
    [outcome] = await cancel(db, asked)
    assert isinstance(outcome, Refused), outcome
    return outcome.code.value


async def route(db: Database) -> list[UUID]:
    while await route_due_groups(db, NOW):
        pass
    rows = await fetch(db, "select fulfillment_order_id from fulfillment_order order by number")
    return [row["fulfillment_order_id"] for row in rows]


async def take(db: Database, *asked: steps.Asked) -> None:
    done = await db.run(lambda tx: take_steps(tx, asked, by="test", now=NOW, packages=True))
    assert all(isinstance(each, StepDone) for each in done), done


def paid(name: str, *lines: Any, **more: Any) -> Any:
    """Return an order of the web shop that a card stands for."""
    total = more.get("total_minor", sum(each["amount_minor"] for each in lines))
    card = {"gateway": "manual", "amount_minor": total, "authorization_ref": f"A-{name}"}
    return order(name, *lines, **({"payments": [card]} | more))


async def placed(db: Database, *lines: Any, name: str = "1", **more: Any) -> UUID:
    return (await place_one(db, paid(name, *lines, **more))).summary.order_id


async def held(db: Database) -> tuple[int, int, int]:
    """Return what is reserved, allocated and waited for in all."""
    [row] = await fetch(
        db,
        "select (select coalesce(sum(reserved), 0)::int from stock_balance) as r,"
        " (select coalesce(sum(allocated), 0)::int from stock_balance) as a,"
        " (select coalesce(sum(quantity), 0)::int from backorder) as w",
    )
    return row["r"], row["a"], row["w"]


async def test_pain_12_a_part_is_released_once_and_no_more_than_is_held(
    db: Database, shop: Business
) -> None:
    order_id = await placed(db, line("MUG", 5), line("BOWL", 2))
    assert await held(db) == (7, 0, 0)
    done = await canceled(db, ask(order_id, {1: 2}))
    assert [(each.reserved, each.waiting) for each in done.stock] == [(2, 0)]
    assert await held(db) == (5, 0, 0)
    await canceled(db, ask(order_id, {1: 2}))
    assert await held(db) == (3, 0, 0)
    assert await refused(db, ask(order_id, {1: 2})) == "nothing_left_to_cancel"
    assert await held(db) == (3, 0, 0)
    await canceled(db, ask(order_id))
    assert await held(db) == (0, 0, 0)


async def test_pain_12_units_that_are_lost_are_not_released_for_others(
    db: Database, shop: Business
) -> None:
    """What a location did not find is reserved nowhere: canceling it frees nothing."""
    order_id = await placed(db, line("MUG", 3))
    [fo] = await route(db)
    rejection = steps.Rejection(fo, "broken", {1: 2})
    await take(db, steps.reject(rejection))
    assert await held(db) == (1, 0, 0)
    done = await canceled(db, ask(order_id, {1: 2}))
    assert done.stock == []
    assert await held(db) == (1, 0, 0)


async def test_pain_13_kits_come_back_whole_from_where_they_are(
    db: Database, shop: Business
) -> None:
    order_id = await placed(db, line("SET", 3))
    assert await held(db) == (9, 0, 0)
    await route(db)
    assert await held(db) == (0, 9, 0)
    await canceled(db, ask(order_id, {1: 1}))
    assert await held(db) == (0, 6, 0)
    [fo] = await fetch(db, "select state from fulfillment_order")
    assert fo["state"] == "open"
    done = await canceled(db, ask(order_id))
    assert (done.lifecycle, await held(db)) == ("canceled", (0, 0, 0))
    [fo] = await fetch(db, "select state, reason from fulfillment_order")
    assert (fo["state"], fo["reason"]) == ("canceled", "order_canceled")
    assert await fetch_value(db, "select sum(assigned) from location_load") == 0


async def test_pain_13_units_that_wait_for_stock_leave_the_queue_first(
    db: Database, shop: Business
) -> None:
    await stock(db, shop, "CLOCK", reading=2)
    order_id = await placed(db, line("CLOCK", 5))
    assert await held(db) == (2, 0, 3)
    done = await canceled(db, ask(order_id, {1: 1}))
    assert [(each.reserved, each.waiting) for each in done.stock] == [(0, 1)]
    await canceled(db, ask(order_id, {1: 3}))
    assert await held(db) == (1, 0, 0)
    assert await fetch_value(db, "select units_backordered from orders") == 0
    assert await fetch_value(db, "select units from sku_backlog") == 0


async def test_pain_15_canceling_asks_for_no_free_stock(db: Database, shop: Business) -> None:
    order_id = await placed(db, line("MUG", 4))
    async with db.transaction() as tx:
        await tx.execute("update stock_balance set safety_stock = on_hand")
    done = await canceled(db, ask(order_id))
    assert (done.lifecycle, await held(db)) == ("canceled", (0, 0, 0))


async def test_pain_21_parts_sum_to_what_was_paid(db: Database, shop: Business) -> None:
    discount = [{"code": "TEN", "amount_minor": 100}]
    order_id = await placed(
        db, line("MUG", 3, "3.33"), line("BOWL", 1), discounts=discount, total_minor=1899
    )
    total = await fetch_value(db, "select total_minor from orders")
    values = [
        (await canceled(db, ask(order_id, units))).cancel.value_minor
        for units in ({1: 1}, {1: 1}, {2: 1}, {1: 1})
    ]
    assert sum(values) == total == 1899
    assert await fetch_value(db, "select lifecycle from orders") == "canceled"


async def test_pain_21_what_left_and_what_was_canceled_sum_to_the_line(
    db: Database, shop: Business
) -> None:
    order_id = await placed(db, line("MUG", 3, "3.33", discount_minor=-0), total_minor=999)
    async with db.transaction() as tx:
        await tx.execute("update order_line set total_minor = 1000, fee_minor = 1")
        await tx.execute("update orders set total_minor = 1000, fee_minor = 1")
        await tx.execute("update order_money set total_minor = 1000, canceled_minor = 0")
        await tx.execute(
            "insert into order_charge"
            " select order_id, 1, null, null, 'fee', 'f', 'f', 1 from orders"
        )
    [fo] = await route(db)
    await take(db, steps.complete(Completing(fo, "dhl", None, "T1", {1: 1})))
    await take(db, steps.cancel(fo, "late"))
    done = await canceled(db, ask(order_id, {1: 1}))
    [fo2] = [each for each in await route(db) if each != fo]
    await take(db, steps.complete(Completing(fo2, "dhl", None, "T2")))
    shipped = await fetch_value(db, "select sum(amount_minor)::int from shipment")
    assert (shipped, done.cancel.value_minor) == (666, 334)
    assert await fetch_value(db, "select fulfillment_status from orders") == "fulfilled"


async def test_pain_29_what_left_is_not_canceled_and_what_is_canceled_does_not_leave(
    db: Database, shop: Business
) -> None:
    order_id = await placed(db, line("MUG", 3))
    [fo] = await route(db)
    await take(db, steps.complete(Completing(fo, "dhl", None, "T1", {1: 1})))
    assert await refused(db, ask(order_id, {1: 3})) == "units_already_shipped"
    assert await refused(db, ask(order_id, {1: 2})) == "units_being_worked_on"
    assert await refused(db, ask(order_id)) == "units_being_worked_on"
    await take(db, steps.cancel(fo, "asked for"))
    done = await canceled(db, ask(order_id))
    assert (done.cancel.units, done.lifecycle) == ({1: 2}, "placed")
    assert [each for each in await route(db) if each != fo] == []
    assert await fetch_value(db, "select routing_state from delivery_group") == "done"
    assert await refused(db, ask(order_id)) == "nothing_left_to_cancel"


async def test_pain_29_the_rows_refuse_whoever_calls(db: Database, shop: Business) -> None:
    """What was decided about an older version of the order is not applied to a newer one."""
    order_id = await placed(db, line("MUG", 3))
    [stale] = await cancel(db, ask(order_id, {1: 1}), preview=True)
    assert isinstance(stale, Canceled)
    await canceled(db, ask(order_id, {1: 1}))
    with pytest.raises(RuntimeError, match="changed under its lock"):
        await db.run(lambda tx: cancel_units(tx, [stale.cancel], by="test", now=NOW))
    assert await fetch_value(db, "select canceled from order_line") == 1
    with pytest.raises(asyncpg.CheckViolationError, match="fulfilled_within_ordered"):
        async with db.transaction() as tx:
            await tx.execute("update order_line set canceled = 4")


async def test_pain_40_any_line_that_has_not_left_with_a_preview_that_stores_nothing(
    db: Database, shop: Business
) -> None:
    order_id = await placed(db, line("MUG", 3), line("SET", 2), line("BOWL", 2))
    await route(db)
    before = await counts(db)
    version = await fetch_value(db, "select version from orders")
    asked = ask(order_id, {1: 1, 2: 1}, version=version)
    [seen] = await cancel(db, asked, preview=True)
    assert isinstance(seen, Canceled)
    assert await counts(db) == before
    assert await fetch_value(db, "select version from orders") == version
    done = await canceled(db, asked)
    assert done.cancel == seen.cancel

    def plain(made: Canceled) -> list[Any]:
        return sorted((s.line_no, str(s.sku_id), s.reserved, s.waiting) for s in made.stock)

    assert plain(done) == plain(seen)
    assert await refused(db, asked) == "order_changed_meanwhile"
    assert await refused(db, ask(order_id, {9: 1})) == "line_unknown"


async def test_a_canceled_order_has_no_holds_and_is_never_routed(
    db: Database, shop: Business
) -> None:
    order_id = await placed(db, line("MUG"), holds=[{"kind": "fraud", "reason": "looks odd"}])
    done = await canceled(db, ask(order_id))
    assert done.lifecycle == "canceled"
    assert await fetch_value(db, "select count(*) from order_hold where released_at is null") == 0
    assert await route(db) == []
    assert await refused(db, ask(order_id)) == "order_is_closed"
    names = await fetch(db, "select name from event where name like 'order.%' order by recorded_at")
    assert {each["name"] for each in names} >= {"order.units_canceled.v1", "order.canceled.v1"}


async def test_one_bad_order_leaves_its_neighbours(db: Database, shop: Business) -> None:
    one, two = await placed(db, line("MUG")), await placed(db, line("MUG"), name="2")
    done = await cancel(db, ask(one, {1: 5}), ask(two), ask(two))
    codes = [each.code.value if isinstance(each, Refused) else "done" for each in done]
    assert codes == ["nothing_left_to_cancel", "done", "order_named_twice"]


async def test_a_thousand_are_canceled_in_a_handful_of_statements(
    db: Database, shop: Business
) -> None:
    await stock(db, shop, "SALE", reading=3000)
    names = [paid(str(n), line("SALE", 2)) for n in range(1000)]
    done = await place(db, *names)
    ids = [each.summary.order_id for each in done]  # type: ignore[union-attr]
    async with db.transaction() as tx, counted(tx) as sent:
        first = await cancel_orders(tx, [ask(i, {1: 1}) for i in ids], by="test", now=NOW)
    assert all(isinstance(each, Canceled) for each in first)
    assert len(sent) == 5
    await route(db)
    async with db.transaction() as tx, counted(tx) as sent:
        last = await cancel_orders(tx, [ask(i) for i in ids], by="test", now=NOW)
    assert all(isinstance(each, Canceled) and each.lifecycle == "canceled" for each in last)
    assert len(sent) == 12
    assert await held(db) == (0, 0, 0)


async def test_a_unit_is_either_canceled_or_sent(db: Database, shop: Business) -> None:
    ids = [await placed(db, line("MUG", 2), name=str(n)) for n in range(8)]
    await route(db)
    made = await fetch(db, "select order_id, fulfillment_order_id from fulfillment_order")
    works = {row["order_id"]: row["fulfillment_order_id"] for row in made}

    async def send(fo: UUID) -> bool:
        done = await db.run(
            lambda tx: take_steps(
                tx, [steps.complete(Completing(fo))], by="test", now=NOW, packages=True
            )
        )
        return isinstance(done[0], StepDone)

    async def call_off(order_id: UUID) -> bool:
        return isinstance((await cancel(db, ask(order_id)))[0], Canceled)

    racing = [race for n in range(8) for race in (send(works[ids[n]]), call_off(ids[n]))]
    outcomes = await asyncio.gather(*racing)
    assert all(outcomes[n] != outcomes[n + 1] for n in range(0, 16, 2))


async def test_canceling_races_with_routing_and_with_itself(db: Database, shop: Business) -> None:
    ids = [await placed(db, line("MUG", 2), line("SET"), name=str(n)) for n in range(12)]

    async def call_off(*order_ids: UUID) -> list[bool]:
        done = await cancel(db, *[ask(each) for each in order_ids])
        return [isinstance(each, Canceled) for each in done]

    outcomes = await asyncio.gather(
        call_off(*ids), route(db), call_off(*reversed(ids)), route(db), call_off(*ids[3:])
    )
    won = sum(sum(each) for each in (outcomes[0], outcomes[2], outcomes[4]) if each)  # type: ignore[arg-type]
    assert won == 12
    assert await held(db) == (0, 0, 0)


async def test_canceling_races_with_filling_what_waits(db: Database, shop: Business) -> None:
    ids = [await placed(db, line("CLOCK", 2), name=str(n)) for n in range(4)]
    await stock(db, shop, "CLOCK", reading=5)

    async def fill() -> None:
        await db.run(lambda tx: fill_skus(tx, [shop.skus["CLOCK"]], by="test", now=NOW))

    await asyncio.gather(*[cancel(db, ask(each, {1: 1})) for each in ids], fill(), fill())
    reserved, _, waiting = await held(db)
    assert reserved + waiting == 4
