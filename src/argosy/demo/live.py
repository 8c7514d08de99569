"""After the replay: a gentle trickle of new orders, staff that works them, until somebody stops it.

New orders are small ones of the sample, bought again by somebody else. They are known by the slot
of time they belong to, so that a demo that is stopped and started never places one twice. An hour
of work on them takes seconds; what the replay left to do goes on at its own pace.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import structlog

from argosy.demo.api import Api, DemoFailed
from argosy.demo.goods import Goods
from argosy.demo.people import Draw, person_of
from argosy.demo.plan import dress
from argosy.demo.staff import Staff
from argosy.kernel.clock import SystemClock
from argosy.orders import Buyer, PlaceOrder

ORDER_EVERY_SECONDS = 8
WORK_EVERY_SECONDS = 4
HOUR_OF_WORK = timedelta(seconds=12)
MOST_LINES = 12
_DELIVERY = 60

log = structlog.get_logger("argosy.demo")


class Trickle:
    """Places one order now and then, and has the goods of refused ones delivered."""

    def __init__(self, shop: Api, staff: Staff, orders: Sequence[PlaceOrder], goods: Goods) -> None:
        self.shop = shop
        self.staff = staff
        self.goods = goods
        self.models = [
            each
            for each in orders
            if len(each.lines) <= MOST_LINES and each.channel in {"web", "marketplace"}
        ]
        self.counts: Counter[str] = Counter()

    def order_at(self, slot: int) -> PlaceOrder:
        """Return the order of a slot of time: always the same one."""
        draw = Draw(f"live/{slot}")
        model = draw.one_of(self.models)
        assert model.bill_to is not None, "orders of the sample have an address"
        person = person_of(f"live/{draw.below(4000)}", model.bill_to.country)
        placed_at = datetime.fromtimestamp(slot * ORDER_EVERY_SECONDS, UTC)
        renamed = msgspec.structs.replace(
            model,
            external_id=f"L{slot}",
            customer=Buyer(email=person.email, name=person.name, phone=person.phone),
            bill_to=person,
            delivery_groups=[
                msgspec.structs.replace(model.delivery_groups[0], ship_to=person),
            ],
            lines=[msgspec.structs.replace(line, delivery_group=None) for line in model.lines],
            placed_at=placed_at,
        )
        order = dress(renamed, self.goods, placed_at)
        return msgspec.structs.replace(order, attributes={"model": model.external_id})

    async def place(self, slot: int) -> None:
        """Place the order of a slot."""
        order = self.order_at(slot)
        outcome = (await self.shop.batch("/v1/orders/batch", [order]))[0]
        self.counts["placed" if outcome["status"] == "done" else "refused"] += 1
        if outcome["status"] == "refused" and outcome["problem"]["code"] == "out_of_stock":
            await self._restock(order)

    async def _restock(self, order: PlaceOrder) -> None:
        """Let a lorry bring more of everything that the refused order asked for."""
        rows = [
            {"sku": sku, "location": "daventry", "quantity": units + _DELIVERY}
            for line in order.lines
            for sku, units in self.goods.stocked(line.sku, line.quantity)
        ]
        if rows:
            await self.staff.api.batch("/v1/inventory/receipts", rows)
            self.counts["deliveries"] += 1


async def keep_going(
    trickle: Trickle, rest: Staff, stop: asyncio.Event, tell: Callable[[Counter[str]], None]
) -> None:
    """Place orders and work them until `stop`; `rest` works what the replay left."""
    began = before = SystemClock().now()
    slot = int(began.timestamp()) // ORDER_EVERY_SECONDS
    trickle.staff.since = began
    trickle.staff.hour = HOUR_OF_WORK
    rest.until = began
    while not stop.is_set():
        now = SystemClock().now()
        try:
            current = int(now.timestamp()) // ORDER_EVERY_SECONDS
            if current > slot:
                slot = current
                await trickle.place(slot)
            trickle.counts["steps"] += await trickle.staff.work(now, before)
            trickle.counts["steps"] += await rest.work(now, before)
            before = now
        except (DemoFailed, OSError) as failure:
            # One answer that was not as it should be is no reason to close the shop.
            trickle.counts["failed"] += 1
            log.warning("demo_step_failed", error=str(failure)[:500])
        tell(trickle.counts)
        try:
            await asyncio.wait_for(stop.wait(), WORK_EVERY_SECONDS)
        except TimeoutError:
            continue
