"""The unhappy paths that the sandbox gateway offers, from end to end."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused
from argosy.payments.commands import calls
from argosy.payments.commands.gateways import OneByOne
from argosy.payments.commands.sandbox import Sandbox
from argosy.payments.model import Ask, MovementKind, MovementState, Notice, Reply
from tests.payments.world import card, money, place, rows, run, run_for, ship

pytestmark = pytest.mark.usefixtures("books")


async def operations(db: Database, kind: str) -> list[dict[str, Any]]:
    return await rows(db, "select * from sandbox_operation where kind = $1", kind)


@pytest.mark.parametrize("token", ["tok_declined", "tok_insufficient_funds"])
async def test_a_refused_authorization_is_an_answer(
    db: Database, clock: FixedClock, token: str
) -> None:
    order = await place(db, clock, card(500, token))
    await run(db, clock)
    assert (await money(db, order))["payment_status"] == "failed"
    [event] = await rows(
        db, "select body from event where name = 'payment.authorization_failed.v1'"
    )
    assert event["body"]["payment_status"] == "failed"
    assert event["body"]["message"]
    [job] = await rows(db, "select state, result from job")
    assert (job["state"], job["result"]["state"]) == ("done", "failed")


@pytest.mark.parametrize(
    ("token", "status"), [("tok_slow", "authorized"), ("tok_slow_declined", "failed")]
)
async def test_a_slow_answer_is_waited_for(
    db: Database, clock: FixedClock, token: str, status: str
) -> None:
    order = await place(db, clock, card(500, token))
    await run(db, clock)
    assert (await money(db, order))["payment_status"] == "pending"
    await run_for(db, clock, 2)
    assert (await money(db, order))["payment_status"] == status
    assert len(await operations(db, "authorize")) == 1


async def test_an_unknown_answer_is_looked_up_and_never_repeated_blindly(
    db: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    class Counting(Sandbox):
        async def capture(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
            heard.extend(ask.key for ask in asks)
            return await super().capture(asks, now)

    monkeypatch.setattr(calls, "gateways", lambda db: {"sandbox": Counting(db)})
    order = await place(db, clock, card(500, "tok_capture_unknown_done"))
    await run(db, clock)
    await ship(db, clock, order, (1, 1, 500))
    await run(db, clock)
    unsure = await money(db, order)
    assert (unsure["captured_minor"], unsure["pending_capture_minor"]) == (0, 500)
    [before] = await operations(db, "capture")
    await run_for(db, clock, 2)
    assert (await money(db, order))["captured_minor"] == 500
    assert await operations(db, "capture") == [before]
    assert len(heard) == 1


async def test_a_call_that_got_lost_is_made_again_under_its_key(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(500, "tok_capture_unknown_lost"))
    await run(db, clock)
    await ship(db, clock, order, (1, 1, 500))
    await run(db, clock)
    assert (await money(db, order))["pending_capture_minor"] == 500
    await run_for(db, clock, 2)
    assert (await money(db, order))["captured_minor"] == 500
    [done] = await operations(db, "capture")
    assert done["outcome"] == "succeeded"


async def test_the_sweep_asks_when_the_job_is_gone(db: Database, clock: FixedClock) -> None:
    order = await place(db, clock, card(500, "tok_unknown_done"))
    await run(db, clock)
    async with db.transaction() as tx:
        await tx.execute("delete from job")
    clock.advance(timedelta(minutes=11))
    await run(db, clock)
    assert (await money(db, order))["payment_status"] == "authorized"


async def test_a_capture_that_is_refused_the_second_time_leaves_what_it_is(
    db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(1000, "tok_capture_once"))
    await run(db, clock)
    await ship(db, clock, order, (1, 1, 400))
    await run(db, clock)
    await ship(db, clock, order, (1, 1, 600))
    await run(db, clock)
    after = await money(db, order)
    assert (after["captured_minor"], after["pending_capture_minor"]) == (400, 0)
    assert after["payment_status"] == "partially_captured"
    [told] = await rows(db, "select message from process_exception")
    assert "captured already" in told["message"]


async def test_calls_are_idempotent_by_key_and_currency_is_checked(
    db: Database, clock: FixedClock
) -> None:
    sandbox, now = Sandbox(db), clock.now()
    made = Ask("k1", MovementKind.AUTHORIZE, new_id(), 900, "GBP", "card", "tok_ok")
    [first] = await sandbox.authorize([made], now)
    [second] = await sandbox.authorize([made], now)
    assert first == second
    takes = [
        Ask(f"c{n}", MovementKind.CAPTURE, new_id(), 500, currency, "card", None, first.reference)
        for n, currency in enumerate(["EUR", "GBP", "GBP"])
    ]
    replies = await sandbox.capture(takes, now)
    assert [each.code for each in replies] == [
        "no_such_authorization",
        None,
        "more_than_authorized",
    ]
    assert [each.state for each in await sandbox.capture(takes, now)] == [
        each.state for each in replies
    ]
    assert await sandbox.look_up([made, Ask("k9", *_rest(made))], now) == [first, None]


def _rest(ask: Ask) -> Sequence[Any]:
    return (ask.kind, ask.order_id, ask.amount_minor, ask.currency, ask.method)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"webhook-signature": "v1,AAAA"}, "signature_invalid"),
        ({"webhook-signature": ""}, "signature_invalid"),
        ({"webhook-timestamp": "1"}, "signature_invalid"),
        ({}, None),
    ],
)
async def test_a_webhook_is_signed(
    db: Database, clock: FixedClock, change: dict[str, str], code: str | None
) -> None:
    _, capture = await Sandbox(db).pay_intent("GBP", 100, {}, clock.now())
    signed = await Sandbox(db).sign_notice(capture, clock.now())
    assert signed is not None
    headers = signed.headers | change
    told = await Sandbox(db).read_webhook(signed.body.encode(), headers, clock.now())
    if code is None:
        assert not isinstance(told, Refused)
    else:
        assert isinstance(told, Refused)
        assert told.code == code
    late = clock.now() + timedelta(minutes=6)
    told = await Sandbox(db).read_webhook(signed.body.encode(), signed.headers, late)
    assert isinstance(told, Refused)
    assert told.code == "webhook_too_old"


class Flaky:
    """A gateway that takes single calls: some break off, one never answers."""

    name = "flaky"

    async def call(self, ask: Ask, now: datetime) -> Reply:
        if ask.amount_minor == 13:
            raise ConnectionResetError("broken off")
        return Reply(MovementState.SUCCEEDED, ask.key)

    async def find(self, ask: Ask, now: datetime) -> Reply | None:
        if ask.amount_minor == 13:
            raise TimeoutError
        return None

    async def list_captures(
        self, since: datetime, until: datetime, after: str | None, limit: int
    ) -> Sequence[Notice]:
        return ()

    async def read_webhook(
        self, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Sequence[Notice] | Refused:
        return ()


async def test_single_calls_are_unknown_when_they_break_off(clock: FixedClock) -> None:
    gateway = OneByOne(Flaky(), at_a_time=2)
    asks = [Ask(str(n), MovementKind.CAPTURE, new_id(), n, "GBP", "card") for n in (1, 13, 2)]
    replies = await gateway.capture(asks, clock.now())
    assert [each.state.value for each in replies] == ["succeeded", "unknown", "succeeded"]
    found = await gateway.look_up(asks, clock.now())
    assert [each and each.state.value for each in found] == [None, "unknown", None]


async def test_a_gateway_that_raises_leaves_every_call_unknown(
    db: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await place(db, clock, card(500))

    class Broken(Sandbox):
        async def authorize(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
            await super().authorize(asks, now)
            raise OSError("the line went dead after the call was made")

    with monkeypatch.context() as patched:
        patched.setattr(calls, "gateways", lambda db: {"sandbox": Broken(db)})
        await run(db, clock)
    [movement] = await rows(db, "select state from money_movement")
    assert movement["state"] == "unknown"
    await run_for(db, clock, 1)
    assert (await money(db, order))["payment_status"] == "authorized"
    assert len(await operations(db, "authorize")) == 1


async def test_a_gateway_that_is_not_installed_is_said(db: Database, clock: FixedClock) -> None:
    order = await place(db, clock, card(500))
    async with db.transaction() as tx:
        await tx.execute("update payment set gateway = 'acme'")
        await tx.execute("update money_movement set gateway = 'acme'")
    await run(db, clock)
    assert (await money(db, order))["payment_status"] == "failed"
    [movement] = await rows(db, "select message from money_movement")
    assert "acme" in movement["message"]
