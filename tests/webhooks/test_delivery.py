"""Events reach those who asked for them: whole, signed, in their own words, and never lost."""

from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook

from argosy.kernel.clock import FixedClock
from argosy.webhooks.decide import MOST_TRIES
from tests.webhooks.conftest import House, body_of
from tests.webhooks.receiver import Receiver, respond


async def test_an_event_arrives_signed_for_the_standard_verifier(
    house: House, receiver: Receiver
) -> None:
    house.clock.moment = datetime.now(UTC)  # The verifier looks at the real clock.
    made = await house.subscribe(receiver.url, "order.*")
    await house.happen("order.placed.v1", "stock.received.v1")
    await house.settle()
    [request] = receiver.received
    Webhook(made.secret).verify(request.body, request.headers)
    assert body_of(request)["type"] == "order.placed.v1"
    assert await house.states() == ["delivered"]


async def test_pain_31_the_payload_is_what_the_event_row_holds(
    house: House, receiver: Receiver
) -> None:
    """Numbers keep their digits, and a later change of the order changes no retry."""
    receiver.answer = lambda _: respond(500)
    await house.subscribe(receiver.url)
    await house.happen("order.placed.v1", body='{"price": 1.10, "big": 12345678901234567890}')
    await house.settle()
    receiver.answer = lambda _: respond(200)
    house.clock.advance(timedelta(minutes=1))
    await house.settle()
    first, second = receiver.received
    assert first.body == second.body
    assert b'"price": 1.10' in first.body
    assert b"12345678901234567890" in first.body


async def test_pain_32_a_delivery_names_event_delivery_version_and_time(
    house: House, receiver: Receiver
) -> None:
    await house.subscribe(receiver.url)
    [event_id] = await house.happen("order.placed.v1")
    await house.settle()
    [request] = receiver.received
    [row] = await house.rows("select * from webhook_delivery")
    body = body_of(request)
    assert body["id"] == str(event_id)
    assert body["deliveryid"] == str(row["delivery_id"]) == request.headers["webhook-id"]
    assert body["aggregateversion"] == 1
    assert body["position"] == row["position"]
    assert body["subject"] == str(row["subject_id"])
    assert datetime.fromisoformat(body["time"]) == house.clock.now()
    assert row["delivery_id"].version == 7


async def test_pain_30_nothing_undelivered_expires_silently(
    house: House, receiver: Receiver
) -> None:
    """What is given up stays a row that says failed, and a person is asked."""
    await house.subscribe(receiver.url, "order.*")
    await house.subscribe(receiver.url + "/other", "order.*")
    receiver.answer = lambda request: respond(400 if "/other" not in request.line else 200)
    await house.happen("order.placed.v1")
    for _ in range(MOST_TRIES):
        await house.settle()
        house.clock.advance(timedelta(hours=8))
    rows = await house.rows("select state, attempts from webhook_delivery order by state")
    assert rows == [
        {"state": "delivered", "attempts": 1},
        {"state": "failed", "attempts": MOST_TRIES},
    ]
    [exception] = await house.rows("select category, step, order_id from process_exception")
    assert exception == {"category": "webhook", "step": "webhooks.deliver", "order_id": None}


async def test_a_delivery_waits_longer_after_each_try(house: House, receiver: Receiver) -> None:
    receiver.answer = lambda _: respond(500)
    await house.subscribe(receiver.url)
    await house.happen("order.placed.v1")
    pauses = []
    for _ in range(6):
        await house.settle()
        [row] = await house.rows("select next_attempt_at from webhook_delivery")
        pauses.append((row["next_attempt_at"] - house.clock.now()).total_seconds())
        house.clock.moment = row["next_attempt_at"]
    assert len(receiver.received) == 6
    for number, pause in enumerate(pauses):
        assert 0.75 * 5 * 2**number <= pause <= 1.25 * 5 * 2**number


async def test_many_events_reach_many_endpoints(
    house: House, receiver: Receiver, clock: FixedClock
) -> None:
    for number in range(3):
        await house.subscribe(f"{receiver.url}/{number}", "order.*")
    await house.happen(*(["order.placed.v1"] * 50 + ["stock.received.v1"] * 50))
    await house.settle()
    assert len(receiver.received) == 150
    assert set(await house.states()) == {"delivered"}
