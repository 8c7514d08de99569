"""Two weeks of business in a minute: orders come in, staff and carriers work, the clock moves on.

A step of the replay hands in the orders of two hours over HTTP, lets staff work on what was there
before, and then workers do what is due. How far it is stands in the database after each step. A
step that is done twice changes nothing: orders are known by their channel and external id, and what
staff does follows from what it finds.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from argosy.demo.api import Api, DemoFailed
from argosy.demo.house import House
from argosy.demo.people import share
from argosy.demo.plan import Plan
from argosy.demo.staff import Staff
from argosy.demo.state import DemoState, save_demo_state
from argosy.kernel.clock import SystemClock
from argosy.orders import PlaceOrder

STEP = timedelta(hours=2)
REVIEW_AFTER = timedelta(hours=6)
REVIEWED_PERCENT = 55
MOST_FINISHING_ROUNDS = 60

Told = Callable[[DemoState], None]


class Stopped(Exception):  # noqa: N818  (it names what happened)
    """The user asked to stop; everything done so far is kept."""


class Replay:
    """Brings the business from where it is to where the sample ends, and to the end of its work."""

    def __init__(
        self,
        house: House,
        shop: Api,
        staff: Staff,
        plan: Plan,
        state: DemoState,
        stop: asyncio.Event,
    ) -> None:
        self.house = house
        self.shop = shop
        self.staff = staff
        self.plan = plan
        self.state = state
        self.stop = stop

    async def run(self, tell: Told) -> None:
        """Replay what is left of the sample; raises Stopped between two steps."""
        while self.state.clock < self.state.ends_at:
            before = self.state.clock
            now = min(before + STEP, self.state.ends_at)
            self.house.clock.moment = now
            refused = await self._place(
                [each for each in self.plan.orders if before < _placed_at(each) <= now]
            )
            await self._receive(now)
            await self._review(now)
            await self.staff.work(now, before)
            await self.house.settle()
            self.state.clock = now
            self.state.refused = dict(Counter(self.state.refused) + refused)
            if now == self.state.ends_at:
                self.state.phase = "caught_up"
            await self._keep()
            tell(self.state)
            if self.stop.is_set():
                raise Stopped

    async def finish(self, tell: Callable[[int], None]) -> None:
        """Bring everything that can go on to its end: staff hurries, a minute passes each round."""
        self.staff.hurry = True
        now = self.state.clock
        for round_no in range(MOST_FINISHING_ROUNDS):
            before, now = now, min(now + timedelta(minutes=1), SystemClock().now())
            self.house.clock.moment = now
            await self.house.settle()
            done = await self.staff.work(now, before)
            await self.house.settle()
            tell(round_no)
            if self.stop.is_set():
                raise Stopped
            if not done and now - self.state.ends_at > timedelta(minutes=5):
                break
        self.state.clock = max(self.state.clock, now)
        await self._keep()

    async def _keep(self) -> None:
        now = self.house.clock.now()
        await self.house.db.run(lambda tx: save_demo_state(tx, self.state, now))

    async def _place(self, orders: Sequence[PlaceOrder]) -> Counter[str]:
        """Hand orders in; return how many were refused for which reason."""
        if not orders:
            return Counter()
        outcomes = await self.shop.batch("/v1/orders/batch", orders)
        return Counter(each["problem"]["code"] for each in outcomes if each["status"] == "refused")

    async def _receive(self, now: datetime) -> None:
        """Take in what was expected by today: back-orders are filled from it."""
        due = [
            {
                "sku": row["sku"],
                "location": row["location"],
                "quantity": row["quantity"] - row["received"],
                "incoming_id": row["incoming_id"],
                "reference": row["reference"],
            }
            async for row in self.staff.api.each("/v1/inventory/incoming")
            if row["expected_on"] <= now.date().isoformat()
        ]
        if due:
            await self.staff.api.batch("/v1/inventory/receipts", due)

    async def _review(self, now: datetime) -> None:
        """Let somebody look at held orders: most turn out to be good, the others wait on."""
        items = []
        async for row in self.shop.each("/v1/orders", held="true"):
            placed_at = datetime.fromisoformat(row["placed_at"])
            if placed_at > now - REVIEW_AFTER:
                continue
            if not share(f"review/{row['external_id']}", REVIEWED_PERCENT):
                continue
            order = await self.shop.get(f"/v1/orders/{row['order_id']}")
            items += [
                {
                    "order_id": row["order_id"],
                    "hold_id": hold["hold_id"],
                    "reason": "Looked at and found good.",
                }
                for hold in order["holds"]
                if hold["released_at"] is None and hold["kind"] in {"fraud", "address"}
            ]
        if items:
            await self.shop.batch("/v1/orders/holds/release/batch", items)


def _placed_at(order: PlaceOrder) -> datetime:
    if order.placed_at is None:
        raise DemoFailed("an order of the demo has a time")
    return order.placed_at
