"""The stock ledger under anything that can happen to it, in any order (Hypothesis, stateful).

A model in memory keeps what must be on hand and what each order was promised. After each step the
database must say the same, nothing is oversold, nobody waits for stock that is free, and no
`verify_*.sql` finds anything.
"""

import asyncio
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from argosy.inventory import door
from argosy.inventory.commands import carts, changes, transfers
from argosy.inventory.commands.feed import FeedAsk, take_feeds
from argosy.inventory.commands.fill import fill_backorders
from argosy.inventory.jobs import expire_carts
from argosy.inventory.model.carts import Cart, CartLine, ReserveCart
from argosy.inventory.model.feeds import Feed, FeedAnswer, Position
from argosy.inventory.model.stock import Adjustment, Changed, Count, Counted, Receipt
from argosy.inventory.model.transfers import (
    NewTransfer,
    ReceiveTransfer,
    ShippedLine,
    ShipTransfer,
    TransferDone,
    TransferLine,
)
from argosy.kernel.database import Database
from argosy.kernel.ids import new_id
from tests.business import make_business
from tests.inventory.shop import BY, NOW, Shop, disagreements

SKUS = st.sampled_from(["MUG", "CLOCK"])
PLACES = st.sampled_from(["reading", "london"])
FEW = st.integers(1, 6)
TABLES = (
    "stock_balance, stock_movement, reservation, allocation, sku_backlog, backorder,"
    " incoming_stock, stock_transfer, stock_transfer_line, stock_feed_head, stock_feed, event"
)
Place = tuple[str, str]


class Ledger(RuleBasedStateMachine):
    """Everything that moves stock."""

    runner: asyncio.Runner
    shop: Shop

    orders = Bundle("orders")
    work = Bundle("work")
    held = Bundle("held")
    moves = Bundle("moves")

    @initialize()
    def empty(self) -> None:
        self.now = NOW
        self.on_hand: dict[Place, int] = defaultdict(int)
        self.moved: list[tuple[datetime, Place, int]] = []
        self.counted: dict[Place, datetime] = {}
        self.asked: dict[tuple[UUID, str], int] = defaultdict(int)
        self.shipped: dict[tuple[UUID, str], int] = defaultdict(int)
        self.of_work: dict[UUID, tuple[UUID, str, str]] = {}
        self.feeds = 0
        self.run(self._truncate())

    async def _truncate(self) -> None:
        async with self.shop.db.transaction() as tx:
            await tx.execute(f"truncate {TABLES}")

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    def tx(self, work: Any) -> Any:
        return self.run(self.shop.db.run(work))

    def how(self) -> dict[str, Any]:
        self.now += timedelta(minutes=1)
        return {"by": BY, "now": self.now}

    def change(self, place: Place, delta: int, made_at: datetime | None = None) -> None:
        if delta:
            self.on_hand[place] += delta
            self.moved.append((made_at or self.now, place, delta))

    def balance(self, place: Place) -> tuple[int, int, int]:
        found: tuple[int, int, int] = self.run(self.shop.balance(*place))
        return found

    # What locations say.

    @rule(sku=SKUS, at=PLACES, units=FEW)
    def receive(self, sku: str, at: str, units: int) -> None:
        how = self.how()
        rows = [Receipt(sku, at, units)] * 2
        done = self.tx(lambda tx: changes.receive_stock(tx, rows, **how))
        self.change((sku, at), units)
        self.change((sku, at), units)
        assert done == [Changed(self.on_hand[sku, at])] * 2

    @rule(sku=SKUS, at=PLACES, units=st.integers(-8, 8).filter(bool))
    def adjust(self, sku: str, at: str, units: int) -> None:
        on_hand, allocated, reserved = self.balance((sku, at))
        rows = [Adjustment(sku, at, units, "x")]
        how = self.how()
        [done] = self.tx(lambda tx: changes.adjust_stock(tx, rows, **how))
        assert isinstance(done, Changed) == (on_hand + units >= allocated + reserved)
        if isinstance(done, Changed):
            self.change((sku, at), units)

    def _set(self, place: Place, units: int, as_of: datetime, promised: int) -> int | None:
        """Do in the model what a count or feed must do; None when it is stale."""
        if self.counted.get(place, as_of) > as_of:
            return None
        newer = sum(d for made_at, each, d in self.moved if each == place and made_at > as_of)
        before = self.on_hand[place]
        self.counted[place] = as_of
        self.change(place, max(units + newer, promised) - before, as_of)
        return self.on_hand[place] - before

    @rule(sku=SKUS, at=PLACES, units=st.integers(0, 9), ago=st.integers(0, 5))
    def count(self, sku: str, at: str, units: int, ago: int) -> None:
        _, allocated, reserved = self.balance((sku, at))
        how = self.how()
        as_of = self.now - timedelta(minutes=ago)
        rows = [Count(sku, at, units, as_of)]
        [done] = self.run(changes.count_stock(self.shop.db, rows, **how))
        difference = self._set((sku, at), units, as_of, allocated + reserved)
        assert isinstance(done, Counted) == (difference is not None)
        if isinstance(done, Counted):
            assert done.difference == difference

    @rule(at=PLACES, units=st.dictionaries(SKUS, st.integers(0, 9)), ago=st.integers(0, 5))
    def snapshot(self, at: str, units: dict[str, int], ago: int) -> None:
        self.how()
        as_of = self.now - timedelta(minutes=ago)
        promised = {sku: sum(self.balance((sku, at))[1:]) for sku in ("MUG", "CLOCK")}
        self.feeds += 1
        positions = [Position(*each) for each in units.items()]
        feed = Feed(at, f"f{self.feeds}", as_of, positions, "snapshot")
        [done] = self.run(take_feeds(self.shop.db, [FeedAsk(feed, BY)], self.now))
        assert isinstance(done, FeedAnswer)
        for sku, quantity in units.items():
            self._set((sku, at), quantity, as_of, promised[sku])
        for sku in {"MUG", "CLOCK"} - units.keys():
            place = (sku, at)
            known = self.counted.get(place)
            if self.on_hand[place] > 0 and (known is None or known < as_of):
                self._set(place, 0, as_of, promised[sku])

    # What orders and carts do.

    @rule(target=orders, sku=SKUS, at=PLACES, units=FEW)
    def order(self, sku: str, at: str, units: int) -> Any:
        on_hand, allocated, reserved = self.balance((sku, at))
        got = self.run(self.shop.reserve(sku, at, units))
        assert (got is not None) == (on_hand - allocated - reserved >= units)
        if got is None:
            return multiple()
        self.asked[got, sku] += units
        return got, sku

    @rule(target=orders, units=FEW, days=st.integers(0, 9))
    def back_order(self, units: int, days: int) -> Any:
        promised = self.now + timedelta(days=days)
        got = self.run(self.shop.queue("CLOCK", units, promised_at=promised, now=self.now))
        if got is None:
            return multiple()
        self.asked[got, "CLOCK"] += units
        return got, "CLOCK"

    @rule(order=orders, units=FEW)
    def cancel(self, order: tuple[UUID, str], units: int) -> None:
        order_id, sku = order
        sku_id = self.shop.sku(sku)
        rows = [door.Release(sku_id, order_id, 1, units, new_id())]
        beyond = [door.CancelBackorder(sku_id, order_id, 1, units)]
        how = self.how()
        freed = self.tx(lambda tx: door.release_reservations(tx, rows, cause_kind="order", **how))
        dropped = self.tx(lambda tx: door.cancel_backorders(tx, beyond, self.now))
        self.asked[order] -= sum(freed.values()) + sum(dropped.values())

    @rule(target=held, sku=SKUS, units=FEW, minutes=st.integers(1, 20))
    def cart(self, sku: str, units: int, minutes: int) -> Any:
        ask = [ReserveCart("web", [CartLine(sku, units)], minutes * 60)]
        [made] = self.run(carts.reserve_carts(self.shop.db, ask, **self.how()))
        return made.reservation_id if isinstance(made, Cart) else multiple()

    @rule(cart=consumes(held))
    def give_back(self, cart: UUID) -> None:
        how = self.how()
        self.tx(lambda tx: carts.release_carts(tx, [cart], **how))
        [again] = self.tx(lambda tx: carts.release_carts(tx, [cart], **how))
        assert again is not None

    @rule(cart=held)
    def extend(self, cart: UUID) -> None:
        self.tx(lambda tx: carts.extend_carts(tx, [(cart, 600)], now=self.now))

    @rule(minutes=st.integers(1, 30))
    def expire(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.run(expire_carts(self.shop.db, self.now))

    # What fulfillment does.

    @rule(target=work, order=orders, source=PLACES, target_at=PLACES, units=FEW)
    def allocate(self, order: tuple[UUID, str], source: str, target_at: str, units: int) -> Any:
        order_id, sku = order
        work_id = new_id()
        row = door.Allocate(
            self.shop.sku(sku),
            order_id,
            1,
            self.shop.at(source),
            self.shop.at(target_at),
            work_id,
            1,
            units,
        )
        how = self.how()
        failed = self.tx(lambda tx: door.convert_to_allocations(tx, [row], **how))
        if failed:
            return multiple()
        self.of_work[work_id] = (order_id, sku, target_at)
        return work_id

    def _allocated(self, work_id: UUID) -> int:
        found: int | None = self.run(
            self.shop.fetchval(
                "select quantity from allocation where fulfillment_order_id = $1", work_id
            )
        )
        return found or 0

    @rule(work_id=work, units=FEW)
    def ship(self, work_id: UUID, units: int) -> None:
        order_id, sku, at = self.of_work[work_id]
        going = min(units, self._allocated(work_id))
        if going:
            rows = [door.ShipAllocated(self.shop.sku(sku), work_id, 1, going)]
            how = self.how()
            self.tx(lambda tx: door.ship_allocations(tx, rows, **how))
            self.change((sku, at), -going)
            self.shipped[order_id, sku] += going

    @rule(work_id=work)
    def unship(self, work_id: UUID) -> None:
        order_id, sku, at = self.of_work[work_id]
        back = min(1, self.shipped[order_id, sku])
        if back:
            rows = [door.UnshipAllocated(self.shop.sku(sku), work_id, 1, self.shop.at(at), back)]
            how = self.how()
            self.tx(lambda tx: door.unship_allocations(tx, rows, **how))
            self.change((sku, at), back)
            self.shipped[order_id, sku] -= back

    @rule(work_id=work, units=FEW, keep=st.booleans())
    def take_back(self, work_id: UUID, units: int, keep: bool) -> None:
        order_id, sku, _ = self.of_work[work_id]
        back = min(units, self._allocated(work_id))
        if back:
            rows = [door.ReleaseAllocated(self.shop.sku(sku), work_id, 1, back, order_id, 1, keep)]
            how = self.how()
            self.tx(lambda tx: door.release_allocations(tx, rows, **how))
            self.asked[order_id, sku] -= 0 if keep else back

    # What moves between locations.

    @rule(target=moves, sku=SKUS, units=FEW)
    def transfer(self, sku: str, units: int) -> Any:
        lines = [TransferLine(sku, units)]
        asked = [NewTransfer("reading", "london", lines, date(2026, 1, 9))]
        how = self.how()
        [made] = self.tx(lambda tx: transfers.create_transfers(tx, asked, **how))
        return (made.transfer_id, sku) if isinstance(made, TransferDone) else multiple()

    @rule(move=moves, units=FEW)
    def send(self, move: tuple[UUID, str], units: int) -> None:
        transfer_id, sku = move
        rows = [(transfer_id, ShipTransfer([ShippedLine(sku, units)]))]
        how = self.how()
        [done] = self.tx(lambda tx: transfers.ship_transfers(tx, rows, **how))
        if isinstance(done, TransferDone):
            self.change((sku, "reading"), -units)

    @rule(move=moves, units=FEW, close=st.booleans())
    def arrive(self, move: tuple[UUID, str], units: int, close: bool) -> None:
        transfer_id, sku = move
        rows = [(transfer_id, ReceiveTransfer([ShippedLine(sku, units)], close))]
        how = self.how()
        [done] = self.tx(lambda tx: transfers.receive_transfers(tx, rows, **how))
        if isinstance(done, TransferDone):
            self.change((sku, "london"), units)

    @rule(move=moves)
    def call_off(self, move: tuple[UUID, str]) -> None:
        how = self.how()
        self.tx(lambda tx: transfers.cancel_transfers(tx, [move[0]], **how))

    # What must be true after each step.

    @invariant()
    def books_agree(self) -> None:
        self.run(fill_backorders(self.shop.db, self.now))
        self.run(self._check())

    async def _check(self) -> None:
        shop = self.shop
        assert await disagreements(shop.db) == []
        balances = await shop.fetch(
            "select k.code as sku, l.code as at, b.* from stock_balance b"
            " join sku k using (sku_id) join location l using (location_id)"
        )
        found = {(row["sku"], row["at"]): row["on_hand"] for row in balances}
        assert {k: v for k, v in found.items() if v} == {k: v for k, v in self.on_hand.items() if v}
        assert all(row["allocated"] + row["reserved"] <= row["on_hand"] for row in balances)
        idle = await shop.fetchval(
            "select count(*) from sku_backlog l join stock_balance b using (sku_id)"
            " where l.units > 0 and b.on_hand > b.allocated + b.reserved"
        )
        assert idle == 0, "nobody waits for stock that is free"
        promised: dict[tuple[UUID, str], int] = defaultdict(int)
        for row in await shop.fetch(
            "select owner_id, k.code, quantity from reservation join sku k using (sku_id)"
            " where owner_kind = 'order' union all"
            " select owner_id, k.code, quantity from backorder join sku k using (sku_id)"
        ):
            promised[row["owner_id"], row["code"]] += row["quantity"]
        for row in await shop.fetch("select fulfillment_order_id, quantity from allocation"):
            order_id, sku, _ = self.of_work[row["fulfillment_order_id"]]
            promised[order_id, sku] += row["quantity"]
        for order in self.asked:
            assert promised[order] + self.shipped[order] == self.asked[order], order


def test_the_stock_ledger_holds_whatever_happens(database_url: str) -> None:
    """Also pain 2, 3, 12, 13 and 15, in every order that Hypothesis thinks of."""
    with asyncio.Runner() as runner:
        db = runner.run(Database.connect(database_url, max_size=3))
        try:
            shop = Shop(db, runner.run(make_business(db, NOW)))
            machine = type("LedgerOnDatabase", (Ledger,), {"runner": runner, "shop": shop})
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=15,
                    stateful_step_count=30,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(db.close())
