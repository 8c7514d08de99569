"""Receivers that fail, ask for quiet, redirect or stay silent; endpoints that are paused."""

from datetime import timedelta
from email.utils import format_datetime

from argosy.exceptions.commands import move_exceptions
from argosy.exceptions.model import Ask
from argosy.identity import SYSTEM
from argosy.webhooks.commands import endpoints
from argosy.webhooks.decide import PAUSE_AFTER, PAUSE_AFTER_FAILURES
from tests.webhooks.conftest import House
from tests.webhooks.receiver import Receiver, respond


async def attempts(house: House) -> list[dict[str, object]]:
    return await house.rows("select * from webhook_attempt order by started_at, attempt_no")


async def test_retry_after_is_heeded_for_the_whole_endpoint(
    house: House, receiver: Receiver
) -> None:
    receiver.answer = lambda _: respond(429, Retry_After="120")
    await house.subscribe(receiver.url)
    await house.happen("order.placed.v1")
    await house.settle()
    await house.happen("order.closed.v1")
    house.clock.advance(timedelta(seconds=60))
    await house.settle()
    assert len(receiver.received) == 1, "it asked for two minutes"
    receiver.answer = lambda _: respond(200)
    house.clock.advance(timedelta(seconds=62))
    await house.settle()
    assert await house.states() == ["delivered", "delivered"]
    [waited] = [row for row in await attempts(house) if row["status_code"] == 429]
    assert waited["retry_after_seconds"] == 120


async def test_retry_after_may_be_a_date(house: House, receiver: Receiver) -> None:
    until = house.clock.now() + timedelta(minutes=10)
    receiver.answer = lambda _: respond(503, Retry_After=format_datetime(until, usegmt=True))
    await house.subscribe(receiver.url)
    await house.happen("order.placed.v1")
    await house.settle()
    [row] = await house.rows("select next_attempt_at from webhook_delivery")
    assert row["next_attempt_at"] == until


async def test_redirects_are_not_followed(house: House, receiver: Receiver) -> None:
    elsewhere = receiver.url + "/elsewhere"
    receiver.answer = lambda _: respond(302, Location=elsewhere)
    await house.subscribe(receiver.url)
    await house.happen("order.placed.v1")
    await house.settle()
    assert [each.line for each in receiver.received] == ["POST /hooks HTTP/1.1"]
    [row] = await attempts(house)
    assert (row["status_code"], row["error"]) == (
        302,
        "It answered 302. Redirects are not followed.",
    )


async def test_a_silent_receiver_is_given_up_in_time(house: House, receiver: Receiver) -> None:
    receiver.answer = lambda _: None
    house.timeout_seconds = 0.2
    await house.subscribe(receiver.url)
    await house.happen("order.placed.v1")
    await house.settle()
    [row] = await attempts(house)
    assert row["status_code"] is None
    assert str(row["error"]).startswith("timeout: ")
    assert await house.states() == ["pending"]


async def test_a_silent_receiver_does_not_keep_others_waiting(
    house: House, receiver: Receiver
) -> None:
    """A batch calls a silent endpoint a few times, then leaves it alone; that is no try."""
    receiver.answer = lambda request: None if "/silent" in request.line else respond(200)
    house.timeout_seconds = 2
    await house.subscribe(receiver.url + "/silent")
    await house.subscribe(receiver.url)
    await house.happen(*["order.placed.v1"] * 30)
    await house.settle()
    states = await house.states()
    assert states.count("delivered") == 30
    assert len([each for each in receiver.received if "/silent" in each.line]) == 8
    tried = await house.rows("select 1 from webhook_delivery where attempts > 0")
    assert len(tried) == 38


async def test_a_long_answer_is_stored_cut_and_without_nul(
    house: House, receiver: Receiver
) -> None:
    receiver.answer = lambda _: respond(500, b"\x00\xff" + b"x" * 100_000)
    await house.subscribe(receiver.url)
    await house.happen("order.placed.v1")
    await house.settle()
    [row] = await attempts(house)
    assert row["response_body"] == "\ufffd\ufffd" + "x" * 4094


async def test_a_receiver_that_is_not_there_is_tried_again(
    house: House, receiver: Receiver
) -> None:
    await house.subscribe(receiver.url)
    await receiver.stop()
    await house.happen("order.placed.v1")
    await house.settle()
    assert await house.states() == ["pending"]
    await receiver.start()
    house.clock.advance(timedelta(minutes=1))
    await house.settle()
    assert await house.states() == ["delivered"]


async def fail_for_long(house: House, receiver: Receiver) -> None:
    receiver.answer = lambda _: respond(500)
    await house.happen(*["order.placed.v1"] * PAUSE_AFTER_FAILURES)
    await house.settle()
    house.clock.advance(PAUSE_AFTER)
    await house.settle()


async def test_repeated_failure_pauses_and_asks_a_person_once(
    house: House, receiver: Receiver
) -> None:
    made = await house.subscribe(receiver.url, "order.*")
    await fail_for_long(house, receiver)
    [row] = await house.rows("select state, reason from webhook_endpoint")
    assert row["state"] == "paused"
    assert "calls in a row failed since 2026-01-05 10:00" in row["reason"]
    [alert] = await house.rows("select * from process_exception")
    assert (alert["category"], alert["step"]) == ("webhook", "webhooks.resume")
    assert alert["subject_id"] == made.endpoint_id
    assert len(await house.rows("select 1 from event where name = 'webhook.paused.v1'")) == 1


async def test_many_failures_in_a_moment_do_not_pause(house: House, receiver: Receiver) -> None:
    receiver.answer = lambda _: respond(500)
    await house.subscribe(receiver.url)
    await house.happen(*["order.placed.v1"] * (2 * PAUSE_AFTER_FAILURES))
    await house.settle()
    assert (await house.rows("select state from webhook_endpoint"))[0]["state"] == "active"


async def test_a_success_between_failures_begins_the_count_anew(
    house: House, receiver: Receiver
) -> None:
    await house.subscribe(receiver.url)
    receiver.answer = lambda _: respond(500)
    await house.happen(*["order.placed.v1"] * PAUSE_AFTER_FAILURES)
    await house.settle()
    receiver.answer = lambda _: respond(200)
    house.clock.advance(PAUSE_AFTER)
    await house.settle()
    [row] = await house.rows("select state, failures, failing_since from webhook_endpoint")
    assert row == {"state": "active", "failures": 0, "failing_since": None}


async def test_gone_pauses_at_once(house: House, receiver: Receiver) -> None:
    receiver.answer = lambda _: respond(410)
    await house.subscribe(receiver.url, "order.*")
    await house.happen("order.placed.v1")
    await house.settle()
    [row] = await house.rows("select state, reason from webhook_endpoint")
    assert (row["state"], row["reason"]) == (
        "paused",
        "It answered 410 Gone: it wants nothing more.",
    )


async def test_pain_30_what_happens_in_a_pause_is_sent_after_it(
    house: House, receiver: Receiver
) -> None:
    """Waiting, failing and new deliveries all arrive; the alert is over."""
    made = await house.subscribe(receiver.url, "order.*")
    await fail_for_long(house, receiver)
    await house.happen(*["order.closed.v1"] * 5)
    await house.settle()
    house.clock.advance(timedelta(days=400))
    await house.settle()
    assert set(await house.states()) == {"held"}
    receiver.answer = lambda _: respond(200)
    version = await house.db.run(
        lambda tx: endpoints.resume_endpoint(tx, made.endpoint_id, by=SYSTEM, now=house.clock.now())
    )
    assert isinstance(version, int)
    await house.settle()
    states = await house.states()
    assert states == ["delivered"] * (PAUSE_AFTER_FAILURES + 5)
    assert [row["status"] for row in await house.rows("select status from process_exception")] == [
        "resolved"
    ]


async def test_an_old_job_does_not_settle_a_new_round(house: House, receiver: Receiver) -> None:
    """The pause and the resuming happen while the delivery waits: one more call, not two."""
    receiver.answer = lambda _: respond(500)
    made = await house.subscribe(receiver.url, "order.*")
    await house.happen("order.placed.v1")
    await house.settle()
    now = house.clock.advance(timedelta(seconds=30))
    async with house.db.transaction() as tx:
        await endpoints.pause_endpoint(tx, made.endpoint_id, "Moving.", by=SYSTEM, now=now)
        await endpoints.resume_endpoint(tx, made.endpoint_id, by=SYSTEM, now=now)
    receiver.answer = lambda _: respond(200)
    await house.settle()
    assert len(receiver.received) == 2
    [row] = await house.rows("select state, round, attempts from webhook_delivery")
    assert row == {"state": "delivered", "round": 1, "attempts": 2}


async def test_retrying_the_alert_resumes_the_endpoint(house: House, receiver: Receiver) -> None:
    await house.subscribe(receiver.url, "order.*")
    await fail_for_long(house, receiver)
    receiver.answer = lambda _: respond(200)
    [alert] = await house.rows("select exception_id from process_exception")
    ask = Ask(alert["exception_id"], "retry", "The ERP is back.")
    await house.db.run(
        lambda tx: move_exceptions(tx, [ask], by="key:operator", now=house.clock.now())
    )
    await house.settle()
    assert set(await house.states()) == {"delivered"}
    [row] = await house.rows("select body from event where name = 'webhook.resumed.v1'")
    assert row["body"]["by"] == "key:operator"
