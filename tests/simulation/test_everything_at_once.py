"""Everything at once: every command from many connections; then the books agree and all ends well.

`ARGOSY_STORM_SECONDS` (2 unless told) is how long the storm lasts, `ARGOSY_STORM_SEED` what it is.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from argosy.fulfillment.commands import steps
from argosy.fulfillment.commands.route import forget_exclusions, route_due_groups
from argosy.fulfillment.commands.sweeps import deliver_digital_orders
from argosy.fulfillment.model.work import PickedLine
from argosy.inventory.commands import carts, changes, transfers
from argosy.inventory.commands.feed import FeedAsk, take_feeds
from argosy.inventory.commands.fill import fill_backorders
from argosy.inventory.jobs import expire_carts
from argosy.inventory.model.carts import Cart, CartLine, ReserveCart
from argosy.inventory.model.feeds import Feed, Position
from argosy.inventory.model.stock import Adjustment, Count, Receipt
from argosy.inventory.model.transfers import (
    NewTransfer,
    ReceiveTransfer,
    ShipTransfer,
    TransferDone,
    TransferLine,
)
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.orders import PlaceOrder
from argosy.orders.door import CaptureRequest, hold_orders, place_orders, release_order_holds
from argosy.orders.jobs import close_finished_orders
from argosy.orders.model import Hold, HoldKind, PlacePayment
from argosy.verification import verify_database
from argosy.worker.loop import settle
from argosy.worker.wiring import whole_house
from tests.orders.world import fetch, line, order

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
BY = "test:storm"
PLACES = ("reading", "venlo", "london")
STOCKED = ("MUG", "PLATE", "BOWL", "CLOCK", "LANTERN-S")
SOLD = (*STOCKED, "SET", "EBOOK")
SECONDS = float(os.environ.get("ARGOSY_STORM_SECONDS", "2"))
SEED = int(os.environ.get("ARGOSY_STORM_SEED", "7"))
MINUTES_A_SECOND = 20


class Storm:
    """A business in which everything happens at the same time; its clock runs fast."""

    def __init__(self, db: Database, seed: int) -> None:
        self.db = db
        self.chance = random.Random(seed)
        self.began = time.monotonic()
        self.placed: list[PlaceOrder] = []
        self.carts: list[tuple[UUID, list[CartLine]]] = []
        self.transfers: list[UUID] = []
        self.done: Counter[str] = Counter()
        self.numbers = 0

    def now(self) -> datetime:
        """Return the time of the storm."""
        return NOW + timedelta(minutes=(time.monotonic() - self.began) * MINUTES_A_SECOND)

    async def repeat(self, act: Callable[[], Awaitable[Any]]) -> None:
        """Do one thing again and again until the storm is over."""
        while time.monotonic() < self.began + SECONDS:
            await act()
            self.done[act.__name__] += 1
            await asyncio.sleep(self.chance.random() * 0.01)

    def _order(self, *lines: dict[str, Any], reservation_id: UUID | None = None) -> PlaceOrder:
        self.numbers += 1
        bought = lines or [
            line(sku, self.chance.randint(1, 3), f"{self.chance.randint(0, 20)}.99")
            for sku in self.chance.choices(SOLD, k=self.chance.randint(1, 4))
        ]
        made = order(str(self.numbers), *bought)
        made.reservation_id = reservation_id
        if self.chance.random() < 0.1:
            made.delivery_method = "pickup"
        made.payments = [
            PlacePayment("manual", made.total_minor, authorization_ref=f"R{self.numbers}")
        ]
        return made

    async def capture(self) -> Any:
        orders = [self._order() for _ in range(self.chance.randint(1, 8))]
        if self.placed and self.chance.random() < 0.3:
            orders.append(self.chance.choice(self.placed))
        if self.carts and self.chance.random() < 0.5:
            cart_id, lines = self.carts.pop(self.chance.randrange(len(self.carts)))
            orders.append(
                self._order(
                    *(line(each.sku, each.quantity) for each in lines), reservation_id=cart_id
                )
            )
        self.placed += orders
        return await place_orders(self.db, [CaptureRequest(o, BY) for o in orders], self.now())

    async def fill_carts(self) -> Any:
        lines = [
            CartLine(sku, self.chance.randint(1, 2))
            for sku in self.chance.sample((*STOCKED, "SET"), 2)
        ]
        asked = [ReserveCart("web", lines, self.chance.choice((30, 600)))]
        made = await carts.reserve_carts(self.db, asked, by=BY, now=self.now())
        self.carts += [(each.reservation_id, lines) for each in made if isinstance(each, Cart)]
        return made

    async def feed(self) -> Any:
        self.numbers += 1
        as_of = self.now() - timedelta(minutes=self.chance.randint(0, 30))
        positions = [
            Position(sku, self.chance.randint(0, 60)) for sku in self.chance.sample(STOCKED, 3)
        ]
        mode: Any = self.chance.choice(("delta", "delta", "snapshot"))
        feed = Feed(self.chance.choice(PLACES), f"f{self.numbers}", as_of, positions, mode)
        return await take_feeds(self.db, [FeedAsk(feed, BY)] * 2, self.now())

    async def change(self) -> Any:
        now, units = self.now(), self.chance.randint(1, 20)
        sku, at = self.chance.choice(STOCKED), self.chance.choice(PLACES)
        kind = self.chance.randrange(3)
        if kind == 0:
            counted = [Count(sku, at, units)]
            return await changes.count_stock(self.db, counted, by=BY, now=now)
        if kind == 1:
            rows = [Adjustment(sku, at, -units, "lost"), Adjustment("MUG", at, 2, "found")]
            return await self.db.run(lambda tx: changes.adjust_stock(tx, rows, by=BY, now=now))
        came = [Receipt(each, at, units) for each in STOCKED]
        return await self.db.run(lambda tx: changes.receive_stock(tx, came, by=BY, now=now))

    async def transfer(self) -> Any:
        now, how = self.now(), {"by": BY, "now": self.now()}
        source, target = self.chance.sample(PLACES, 2)
        lines = [TransferLine(sku, 2) for sku in self.chance.sample(STOCKED, 2)]
        asked = [NewTransfer(source, target, lines, now.date())]
        if len(self.transfers) < 4:
            made = await self.db.run(lambda tx: transfers.create_transfers(tx, asked, **how))
            self.transfers += [e.transfer_id for e in made if isinstance(e, TransferDone)]
            return made
        key = self.transfers.pop()
        if self.chance.random() < 0.3:
            return await self.db.run(lambda tx: transfers.cancel_transfers(tx, [key], **how))
        sent = [(key, ShipTransfer())]
        await self.db.run(lambda tx: transfers.ship_transfers(tx, sent, **how))
        came = [(key, ReceiveTransfer(close=True))]
        return await self.db.run(lambda tx: transfers.receive_transfers(tx, came, **how))

    async def route(self) -> Any:
        return await route_due_groups(self.db, self.now(), limit=50)

    async def work(self) -> Any:
        rows = await fetch(
            self.db,
            "select fulfillment_order_id from fulfillment_order"
            " where state not in ('fulfilled', 'rejected', 'canceled') order by random() limit 8",
        )
        make = self._step()
        asked = [make(row["fulfillment_order_id"]) for row in rows]
        now = self.now()
        outcomes = await self.db.run(
            lambda tx: steps.take_steps(tx, asked, by=BY, now=now, packages=True)
        )
        sent = [e for e in outcomes if isinstance(e, steps.StepDone) and e.shipment_id]
        if sent and self.chance.random() < 0.3:
            back = [
                steps.unship(steps.Unshipping(e.fulfillment_order_id, e.shipment_id, "wrong label"))
                for e in sent
                if e.shipment_id
            ]
            await self.db.run(lambda tx: steps.take_steps(tx, back, by=BY, now=now, packages=True))
        return outcomes

    def _step(self) -> Callable[[UUID], steps.Asked]:
        missing = {1: 1} if self.chance.random() < 0.3 else {}
        short = (PickedLine(1, 0, self.chance.randint(1, 2)),)
        code = self.chance.choice(("1234", "9999", None))
        back = self.chance.choice(("unaccept", "unpick", "unpack", "unready"))
        return self.chance.choice(
            (
                steps.accept,
                lambda key: steps.pick(steps.Picking(key)),
                lambda key: steps.pick(steps.Picking(key, short)),
                lambda key: steps.pack(steps.Packing(key)),
                lambda key: steps.ship(steps.Shipping(key)),
                lambda key: steps.complete(steps.Completing(key)),
                lambda key: steps.complete(steps.Completing(key, lines={1: 1})),
                lambda key: steps.reject(steps.Rejection(key, "no_time", missing, exclude=False)),
                lambda key: steps.cancel(key, "changed"),
                lambda key: steps.make_ready(key, "1234"),
                lambda key: steps.collect(steps.Collecting(key, code)),
                lambda key: steps.deliver(steps.Delivering(key)),
                lambda key: steps.undo(key, back),
            )
        )

    async def hold(self) -> Any:
        rows = await fetch(self.db, "select order_id from orders order by random() limit 3")
        now = self.now()
        until = now + timedelta(minutes=5)
        asked = [
            (row["order_id"], Hold(HoldKind.MANUAL, "Look.", {}, group, until))
            for row, group in zip(rows, (None, 1, 2), strict=False)
        ]
        made = await self.db.run(lambda tx: hold_orders(tx, asked, by=BY, now=now))
        held = [(a[0], m, "seen") for a, m in zip(asked, made, strict=True) if isinstance(m, UUID)]
        return await self.db.run(lambda tx: release_order_holds(tx, held[:1], by=BY, now=now))

    async def sweep(self) -> Any:
        now = self.now()
        await expire_carts(self.db, now)
        await fill_backorders(self.db, now)
        await deliver_digital_orders(self.db, now)
        return await close_finished_orders(self.db, now)

    async def background(self) -> Any:
        return await settle(self.db, FixedClock(self.now()), whole_house(), most_rounds=1)


WAYS: dict[str, tuple[Callable[[UUID], steps.Asked], ...]] = {
    "ship": (
        lambda key: steps.complete(steps.Completing(key)),
        lambda key: steps.deliver(steps.Delivering(key)),
    ),
    "pickup": (
        steps.accept,
        lambda key: steps.pick(steps.Picking(key)),
        lambda key: steps.make_ready(key, "1"),
        lambda key: steps.collect(steps.Collecting(key)),
    ),
}


async def finish(db: Database, now: datetime) -> None:
    """Do what people and time do after a storm: stock comes, holds end, all that is open leaves."""
    rows = [Receipt(sku, place, 500) for sku in STOCKED for place in PLACES]
    await db.run(lambda tx: changes.receive_stock(tx, rows, by=BY, now=now))
    for row in await fetch(db, "select distinct order_id from location_exclusion"):
        async with db.transaction() as tx:
            await forget_exclusions(tx, row["order_id"])
    for day in range(1, 9):
        later = now + timedelta(days=day)
        await settle(db, FixedClock(later), whole_house())
        active = await fetch(
            db,
            "select fulfillment_order_id, kind from fulfillment_order"
            " where state not in ('fulfilled', 'rejected', 'canceled')",
        )
        for kind, ways in WAYS.items():
            for way in ways:
                asked = [
                    way(each["fulfillment_order_id"]) for each in active if each["kind"] == kind
                ]
                async with db.transaction() as tx:
                    await steps.take_steps(tx, asked, by=BY, now=later, packages=True)


@pytest.mark.usefixtures("business")
async def test_the_books_agree_and_every_order_ends_after_a_storm(db: Database) -> None:
    rows = [Receipt(sku, place, 60) for sku in STOCKED for place in PLACES]
    await db.run(lambda tx: changes.receive_stock(tx, rows, by=BY, now=NOW))
    storm = Storm(db, SEED)
    acts = (
        storm.capture, storm.capture, storm.fill_carts, storm.feed, storm.change, storm.transfer,
        storm.route, storm.route, storm.work, storm.work, storm.hold, storm.sweep,
        storm.background,
    )  # fmt: skip
    await asyncio.gather(*(storm.repeat(act) for act in acts))
    assert all(storm.done[act.__name__] for act in acts), storm.done
    assert await verify_database(db) == []
    await finish(db, storm.now())
    assert await verify_database(db) == []
    left = await fetch(
        db,
        "select order_number, fulfillment_status, active_holds from orders"
        " where lifecycle <> 'closed'",
    )
    assert left == []
    assert await fetch(db, "select 1 from orders")
    of_orders = "select 1 from reservation where owner_kind = 'order'"
    assert not await fetch(db, of_orders + " union all select 1 from allocation")
