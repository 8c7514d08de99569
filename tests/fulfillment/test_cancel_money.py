"""What becomes of the money of canceled units, with everybody at work; and the routes."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings as bounded, strategies as st

from argosy.fulfillment.commands import steps
from argosy.fulfillment.commands.cancel import cancel_orders
from argosy.fulfillment.commands.steps import Completing, Picking, take_steps
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.orders import CancelAsked
from argosy.orders.door import Canceled
from argosy.verification import verify_database
from argosy.worker.loop import settle
from argosy.worker.wiring import whole_house
from tests.business import Business
from tests.orders.world import counts, fetch, fetch_value, line, order, place_one, stock

Money = dict[str, int | str]


@pytest.fixture
async def shop(db: Database, clock: FixedClock, business: Business) -> AsyncIterator[Business]:
    """Stock the small business; every book must agree when the test is over."""
    for sku in ("MUG", "PLATE"):
        await stock(db, business, sku, reading=500, london=500)
    yield business
    assert await verify_database(db) == []


def pay(amount_minor: int, card: str = "tok_ok", method: str = "card") -> dict[str, Any]:
    return {"gateway": "sandbox", "method": method, "amount_minor": amount_minor, "token": card}


async def placed(db: Database, name: str, *payments: Any, **more: Any) -> UUID:
    """Place three mugs for 10.00 each."""
    asked = order(name, line("MUG", 3), payments=list(payments), **more)
    return (await place_one(db, asked)).summary.order_id


async def work(db: Database, clock: FixedClock, rounds: int = 3) -> None:
    """Let everything happen that is due, and what comes due within minutes."""
    for _ in range(rounds):
        await settle(db, clock, whole_house())
        clock.advance(timedelta(seconds=40))


async def cancel(db: Database, clock: FixedClock, order_id: UUID, units: int | None) -> Canceled:
    asked = CancelAsked(order_id, "customer", None if units is None else {1: units})
    [done] = await db.run(lambda tx: cancel_orders(tx, [asked], by="test", now=clock.now()))
    assert isinstance(done, Canceled), done
    return done


async def money(db: Database, order_id: UUID) -> Money:
    """Return what is not zero of an order's money."""
    [row] = await fetch(
        db,
        "select total_minor, authorized_minor, voided_minor, captured_minor, refunded_minor,"
        " payment_status from order_money where order_id = $1",
        order_id,
    )
    return {name.removesuffix("_minor"): each for name, each in row.items() if each != 0}


async def test_pain_19_what_was_not_taken_is_let_go_and_only_the_rest_refunded(
    db: Database, clock: FixedClock, shop: Business
) -> None:
    waits = await placed(db, "1", pay(3000))
    taken = await placed(db, "2", pay(3000), channel="store", delivery_method="standard")
    await work(db, clock)
    assert (await money(db, taken))["captured"] == 3000
    for order_id in (waits, taken):
        await cancel(db, clock, order_id, 1)
    await work(db, clock)
    assert await money(db, waits) == {
        "total": 2000, "authorized": 3000, "voided": 1000, "payment_status": "authorized"
    }  # fmt: skip
    assert await money(db, taken) == {
        "total": 2000, "authorized": 3000, "captured": 3000, "refunded": 1000,
        "payment_status": "partially_refunded",
    }  # fmt: skip
    for order_id in (waits, taken):
        await cancel(db, clock, order_id, None)
    await work(db, clock)
    assert await money(db, waits) == {
        "authorized": 3000, "voided": 3000, "payment_status": "unpaid"
    }  # fmt: skip
    assert (await money(db, taken))["payment_status"] == "refunded"


async def test_pain_22_what_is_given_back_is_spread_over_all_payments(
    db: Database, clock: FixedClock, shop: Business
) -> None:
    parts = [pay(1200, method="gift_card"), pay(1000), pay(800)]
    order_id = await placed(db, "1", *parts, channel="store", delivery_method="standard")
    await work(db, clock)
    await cancel(db, clock, order_id, 1)
    await work(db, clock)
    refunded = "select payment_no, refunded_minor from payment order by payment_no"
    given_back = {r["payment_no"]: r["refunded_minor"] for r in await fetch(db, refunded)}
    assert given_back == {1: 0, 2: 200, 3: 800}
    await cancel(db, clock, order_id, None)
    await work(db, clock)
    given_back = {r["payment_no"]: r["refunded_minor"] for r in await fetch(db, refunded)}
    assert given_back == {1: 1200, 2: 1000, 3: 800}


async def test_pain_23_what_was_never_paid_is_not_refunded(
    db: Database, clock: FixedClock, shop: Business
) -> None:
    unpaid = await placed(db, "1")
    half = await placed(db, "2", pay(1500))
    await work(db, clock)
    await cancel(db, clock, unpaid, 1)
    await cancel(db, clock, half, 1)
    await work(db, clock)
    assert await money(db, unpaid) == {"total": 2000, "payment_status": "unpaid"}
    assert await money(db, half) == {
        "total": 2000, "authorized": 1500, "payment_status": "authorized"
    }  # fmt: skip
    await cancel(db, clock, half, 1)
    await work(db, clock)
    assert (await money(db, half))["voided"] == 500


async def test_pain_24_what_is_due_follows_from_the_ledger(
    db: Database, clock: FixedClock, shop: Business, client: httpx.AsyncClient
) -> None:
    order_id = await placed(db, "1", pay(3000), channel="store", delivery_method="standard")

    async def due() -> tuple[int, int]:
        seen = (await client.get(f"/v1/orders/{order_id}")).json()
        return seen["canceled_minor"], seen["money"]["due_minor"]

    assert await due() == (0, 3000)
    await cancel(db, clock, order_id, 1)
    assert await due() == (1000, 2000)
    await work(db, clock)
    assert await due() == (1000, 0)


@pytest.mark.parametrize("token", ["tok_slow", "tok_unknown_done", "tok_capture_slow"])
async def test_pain_18_what_is_asked_for_at_this_moment_is_given_back_once_it_is_known(
    db: Database, clock: FixedClock, shop: Business, token: str
) -> None:
    order_id = await placed(db, "1", pay(3000, token), channel="store", delivery_method="standard")
    await settle(db, clock, whole_house())
    await cancel(db, clock, order_id, 2)
    await settle(db, clock, whole_house())
    await work(db, clock, 20)
    after = await money(db, order_id)
    kept = int(after["authorized"]) - int(after.get("voided", 0)) - int(after.get("refunded", 0))
    assert (after["total"], kept) == (1000, 1000)


async def test_pain_20_the_rest_is_sent_and_the_order_closes(
    db: Database, clock: FixedClock, shop: Business
) -> None:
    order_id = await placed(db, "1", pay(3000))
    await work(db, clock)
    await cancel(db, clock, order_id, 1)
    [fo] = await fetch(db, "select fulfillment_order_id as id from fulfillment_order")
    for asked in (steps.complete(Completing(fo["id"])), steps.deliver(steps.Delivering(fo["id"]))):
        await db.run(
            lambda tx, asked=asked: take_steps(  # type: ignore[misc]
                tx, [asked], by="test", now=clock.now(), packages=True
            )
        )
    await work(db, clock)
    assert await money(db, order_id) == {
        "total": 2000, "authorized": 3000, "voided": 1000, "captured": 2000,
        "payment_status": "captured",
    }  # fmt: skip
    assert await fetch_value(db, "select lifecycle from orders") == "closed"


async def test_a_preview_says_what_submit_does_and_stores_nothing(
    db: Database, clock: FixedClock, shop: Business, client: httpx.AsyncClient
) -> None:
    parts = [pay(2500), pay(500, method="gift_card")]
    order_id = await placed(db, "1", *parts, customer={"email": "a@example.com"})
    await work(db, clock)
    path, body = f"/v1/orders/{order_id}/cancel", {"reason": "customer"}
    lines = {"lines": [{"line_no": 1, "quantity": 2}]}
    before = await counts(db)
    seen = (await client.post(f"{path}/preview", json=body | lines)).json()
    assert await counts(db) == before
    assert seen["money"] == {
        "movements": [
            {"payment_no": 1, "gateway": "sandbox", "method": "card", "kind": "void",
             "amount_minor": 2000}
        ],
        "waits_minor": 0,
        "unpaid_minor": 0,
    }  # fmt: skip
    assert seen["lines"] == [{"line_no": 1, "quantity": 2, "recalled": 2, "value_minor": 2000}]
    assert seen["stock"][0]["reserved"] == 2
    assert seen["message"]["email"] == "a@example.com"
    assert "2 × Mug" in seen["message"]["text"]
    submitted = await client.post(path, json=body | lines | {"version": seen["version"]})
    assert submitted.status_code == 200, submitted.text
    done = submitted.json()
    for name in ("lines", "stock", "money", "message", "value_minor", "total_minor", "lifecycle"):
        assert done[name] == seen[name], name
    again = await client.post(path, json=body | lines | {"version": seen["version"]})
    assert (again.status_code, again.json()["code"]) == (409, "order_changed_meanwhile")
    await work(db, clock)
    voided = await fetch(db, "select payment_no, voided_minor from payment where voided_minor > 0")
    assert voided == [{"payment_no": 1, "voided_minor": 2000}]
    changes = (await client.get(f"/v1/orders/{order_id}/changes")).json()["items"]
    assert [each["change_order_id"] for each in changes] == [done["change_order_id"]]
    assert changes[0]["lines"] == [{"line_no": 1, "quantity": 2, "value_minor": 2000}]
    timeline = (await client.get(f"/v1/orders/{order_id}/timeline")).json()["items"]
    assert "order.units_canceled.v1" in [each["name"] for each in timeline]


async def test_bad_cancellations_are_refused_and_change_nothing(
    db: Database, clock: FixedClock, shop: Business, client: httpx.AsyncClient, make_client: Any
) -> None:
    order_id = await placed(db, "1", pay(3000))
    path = f"/v1/orders/{order_id}/cancel"
    before = await counts(db)
    for body, status, code in (
        ({"reason": "customer", "lines": [{"line_no": 7, "quantity": 1}]}, 422, "line_unknown"),
        ({"reason": "other", "lines": [{"line_no": 1, "quantity": 4}]}, 409,
         "nothing_left_to_cancel"),
        ({"reason": "other", "lines": [{"line_no": 1, "quantity": 1}] * 2}, 422,
         "line_named_twice"),
        ({"reason": "whim"}, 422, None),
        ({"reason": "other", "lines": [{"line_no": 1, "quantity": 0}]}, 422, None),
        ({"reason": "other", "lines": []}, 422, None),
        ({"reason": "other", "version": 9}, 409, "order_changed_meanwhile"),
    ):  # fmt: skip
        for each in (path, f"{path}/preview"):
            answer = await client.post(each, json=body)
            assert answer.status_code == status, (body, answer.text)
            assert code is None or answer.json()["code"] == code
    writer = await make_client(["orders:write"])
    assert (await writer.post(path, json={"reason": "other"})).status_code == 403
    till = await make_client(["orders:cancel"], channel_ids=[shop.channels["store"]])
    assert (await till.post(path, json={"reason": "other"})).status_code == 404
    assert (await till.post(f"{path}/preview", json={"reason": "other"})).status_code == 404
    assert (await till.get(f"/v1/orders/{order_id}/changes")).status_code == 404
    items = [{"order_id": str(order_id), "reason": "other"}] * 2
    batch = (await client.post("/v1/orders/cancel/batch", json={"items": items})).json()
    assert [each["status"] for each in batch["outcomes"]] == ["done", "refused"]
    assert batch["outcomes"][1]["problem"]["code"] == "order_named_twice"
    after = await counts(db)
    assert (before["orders"], before["payment"]) == (after["orders"], after["payment"])


_TOKENS = st.sampled_from(
    ["tok_ok", "tok_slow", "tok_unknown_done", "tok_unknown_lost", "tok_capture_slow"]
)
_MOVES = st.lists(
    st.tuples(
        st.sampled_from(["cancel", "cancel", "work", "pick", "ship", "give_up", "place"]),
        st.integers(0, 3),
        st.integers(1, 4),
        _TOKENS,
    ),
    min_size=3,
    max_size=12,
)


@bounded(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=_MOVES)
async def test_whatever_is_canceled_sent_and_charged_the_books_agree(
    db: Database, clock: FixedClock, shop: Business, moves: list[tuple[str, int, int, str]]
) -> None:
    ids: list[UUID] = []
    for move, which, units, token in [("place", 0, 2, "tok_ok"), *moves]:
        if move == "place":
            lines = [line("MUG", units, "3.33"), line("SET", 2, "7.77")]
            total = sum(each["amount_minor"] for each in lines)
            parts = [pay(500, method="gift_card"), pay(total - 500, token)]
            name = str(await fetch_value(db, "select count(*) from orders"))
            channel = {"channel": "store", "delivery_method": "standard"} if which % 2 else {}
            ids.append((await place_one(db, order(name, *lines, payments=parts, **channel),
                                        now=clock.now())).summary.order_id)  # fmt: skip
            continue
        order_id = ids[which % len(ids)]
        if move == "cancel":
            asked = CancelAsked(order_id, "other", {1 + units % 2: units} if units < 4 else None)
            await db.run(lambda tx, a=asked: cancel_orders(tx, [a], by="t", now=clock.now()))  # type: ignore[misc]
        elif move == "work":
            await work(db, clock, 1)
        else:
            query = "select fulfillment_order_id as id from fulfillment_order where order_id = $1"
            for fo in await fetch(db, query, order_id):
                rules = {
                    "pick": [steps.accept(fo["id"]), steps.pick(Picking(fo["id"]))],
                    "ship": [steps.complete(Completing(fo["id"]))],
                    "give_up": [steps.cancel(fo["id"], "late")],
                }[move]
                for rule in rules:
                    await db.run(
                        lambda tx, r=rule: take_steps(  # type: ignore[misc]
                            tx, [r], by="t", now=clock.now(), packages=True
                        )
                    )
    await work(db, clock, 12)
    assert await verify_database(db) == []
    for order_id in ids:
        [each] = await fetch(
            db,
            "select o.total_minor - o.canceled_minor as costs, m.total_minor, m.captured_minor,"
            " m.refunded_minor, m.authorized_minor, m.voided_minor, m.pending_void_minor,"
            " m.pending_refund_minor from orders o join order_money m using (order_id)"
            " where order_id = $1",
            order_id,
        )
        assert each["costs"] == each["total_minor"]
        assert each["captured_minor"] - each["refunded_minor"] <= each["costs"]
        assert (each["pending_void_minor"], each["pending_refund_minor"]) == (0, 0)
