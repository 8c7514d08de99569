"""Anything may happen to the money of an order, in any order: the books stay exact."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.refusals import Refused
from argosy.payments.commands.asks import (
    AmountAsked,
    PaymentAsked,
    add_payments,
    give_money_back,
    move_money,
)
from argosy.payments.commands.notices import take_notices
from argosy.payments.commands.sandbox import Sandbox
from argosy.payments.decide.sandbox import BEHAVIORS, SPECIAL
from argosy.payments.model import MovementKind
from tests.conftest import NOW
from tests.payments.world import card, disagreements, money, place, rows, run, ship, tell

TOKENS = sorted(
    {"tok_ok", *SPECIAL}
    | {f"tok_{name}" for name in BEHAVIORS}
    | {f"tok_{kind}_{name}" for kind in ("capture", "void", "refund") for name in BEHAVIORS}
)
TOTAL = 1000
_url: str = ""


class Money(RuleBasedStateMachine):
    """One order with two payments, and a gateway that answers as its tokens say."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.db: Database = self.do(Database.connect(_url, max_size=3, application_name="test"))
        self.clock = FixedClock(NOW)
        self.order: UUID = UUID(int=0)
        self.shipped = 0
        self.closed = False

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        try:
            for _ in range(4):
                self.clock.advance(timedelta(minutes=30))
                self.do(run(self.db, self.clock))
            after = self.do(money(self.db, self.order))
            pending = [name for name in after if name.startswith("pending") and after[name]]
            assert pending == [], after
            assert self.do(disagreements(self.db)) == []
            self.check_sandbox()
        finally:
            self.do(self.db.close())
            self.loop.close()

    def check_sandbox(self) -> None:
        """Assert that the gateway did what our books say: not a penny more or less."""
        own = self.do(
            rows(
                self.db,
                "select coalesce(sum(a.captured_minor), 0) as taken,"
                " coalesce(sum(a.refunded_minor), 0) as given_back from sandbox_authorization a"
                " join payment p on p.authorization_ref = a.reference and p.order_id = $1",
                self.order,
            )
        )[0]
        after = self.do(money(self.db, self.order))
        assert own["taken"] == after["captured_minor"]
        assert own["given_back"] == after["refunded_minor"]

    @initialize(
        first=st.sampled_from(TOKENS),
        second=st.sampled_from(TOKENS),
        part=st.integers(1, TOTAL - 1),
        when=st.sampled_from(["placement", "release", "shipment"]),
        gift=st.booleans(),
    )
    def place(self, first: str, second: str, part: int, when: str, gift: bool) -> None:
        payments = (
            card(part, first),
            card(TOTAL - part, second, method="gift_card" if gift else "card"),
        )
        self.order = self.do(
            place(self.db, self.clock, *payments, capture_when=when, lines=[(TOTAL, 167, 10)])
        )

    @rule(seconds=st.sampled_from([0, 5, 31, 90, 700]))
    def work(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.do(run(self.db, self.clock))

    @rule(worth=st.integers(1, 600))
    def ship(self, worth: int) -> None:
        worth = min(worth, TOTAL - self.shipped)
        if worth:
            self.shipped += worth
            self.do(ship(self.db, self.clock, self.order, (1, 1, worth)))

    @rule(kind=st.sampled_from(list(MovementKind)[1:]), amount=st.integers(1, 1200))
    def move(self, kind: MovementKind, amount: int) -> None:
        asked = [AmountAsked(self.order, amount)]
        self.do(self.db.run(lambda tx: move_money(tx, kind, asked, self.clock.now())))

    @rule(amount=st.integers(1, 400))
    def give_back(self, amount: int) -> None:
        asked = [AmountAsked(self.order, amount)]
        self.do(self.db.run(lambda tx: give_money_back(tx, asked, self.clock.now())))

    @rule(token=st.sampled_from(TOKENS))
    def pay_again(self, token: str) -> None:
        asked = [PaymentAsked(self.order, "sandbox", token=token)]
        self.do(self.db.run(lambda tx: add_payments(tx, asked, self.clock.now())))

    @rule(held=st.booleans())
    def hold(self, held: bool) -> None:
        name = "order.hold_placed.v1" if held else "order.hold_released.v1"
        self.do(tell(self.db, self.clock, name, self.order, active_holds=int(held)))

    @rule(which=st.integers(0, 10), times=st.integers(1, 2))
    def hear_webhook(self, which: int, times: int) -> None:
        known = self.do(rows(self.db, "select reference, outcome from sandbox_operation"))
        known = [each for each in known if each["outcome"] != "lost"]
        if not known:
            return
        reference = known[which % len(known)]["reference"]
        sandbox, now = Sandbox(self.db), self.clock.now()
        signed = self.do(sandbox.sign_notice(reference, now))
        told = self.do(sandbox.read_webhook(signed.body.encode(), signed.headers, now))
        assert not isinstance(told, Refused)
        for _ in range(times):
            self.do(
                self.db.run(
                    lambda tx: take_notices(tx, "sandbox", told, found_by="webhook", now=now)
                )
            )

    @precondition(lambda self: not self.closed)
    @rule()
    def close(self) -> None:
        if self.shipped == TOTAL:
            self.closed = True
            self.do(tell(self.db, self.clock, "order.closed.v1", self.order))

    @invariant()
    def the_books_agree(self) -> None:
        if self.order.int:
            assert self.do(disagreements(self.db)) == []


def test_the_books_stay_exact_whatever_happens(database_url: str) -> None:
    global _url
    _url = database_url
    Money.TestCase.settings = settings(
        max_examples=12,
        stateful_step_count=14,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    Money.TestCase("runTest").runTest()
