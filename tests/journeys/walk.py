"""Walks many orders from capture to closed, by the commands that the HTTP API calls."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from argosy.catalogue import (
    ChannelRow,
    LocationGroupRow,
    LocationRow,
    MethodRow,
    Outcome,
    SkuRow,
    Taken,
    TransitRow,
    door as catalogue,
)
from argosy.fulfillment.commands.steps import (
    Completing,
    Delivering,
    complete,
    deliver,
    take_steps,
)
from argosy.identity import SYSTEM
from argosy.inventory.commands.feed import FeedAsk, take_feeds
from argosy.inventory.model.feeds import Feed, Position
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.refusals import Refused
from argosy.orders import PlaceOrder
from argosy.orders.commands.capture import CaptureRefused
from argosy.orders.door import CaptureRequest, place_orders
from argosy.verification import verify_database
from argosy.worker.loop import settle
from argosy.worker.wiring import whole_house

BATCH = 200
PART = 2000


async def open_business(
    db: Database,
    now: datetime,
    locations: Sequence[LocationRow],
    skus: Sequence[SkuRow],
    *,
    currency: str,
) -> None:
    """Make one web channel that sells `skus` from `locations`."""
    channel = ChannelRow(
        code="web", name="Web", kind="web", currency=currency, location_group="all"
    )
    everywhere = LocationGroupRow(
        code="all", name="All", locations=[each.code for each in locations]
    )
    road = TransitRow(
        method="standard",
        from_country="*",
        to_country="*",
        min_days=1,
        max_days=9,
        cost_minor=300,
        currency=currency,
    )
    async with db.transaction() as tx:
        _taken(await catalogue.upsert_locations(tx, locations, by=SYSTEM, now=now))
        _taken(await catalogue.upsert_location_groups(tx, [everywhere], by=SYSTEM, now=now))
        post = MethodRow(code="standard", name="Post", kind="ship", carrier="post")
        _taken(await catalogue.upsert_methods(tx, [post], by=SYSTEM, now=now))
        _taken(await catalogue.upsert_transit_times(tx, [road], by=SYSTEM, now=now))
        _taken(await catalogue.upsert_channels(tx, [channel], by=SYSTEM, now=now))
        for first in range(0, len(skus), PART):
            part = skus[first : first + PART]
            _taken(await catalogue.upsert_skus(tx, part, by=SYSTEM, now=now))


def _taken(outcomes: Iterable[Outcome]) -> None:
    refused = [each for each in outcomes if not isinstance(each, Taken)]
    assert not refused, refused[:5]


async def stock(db: Database, now: datetime, units: Counter[tuple[str, str]]) -> None:
    """Let locations report `units` by (location, SKU)."""
    by_location: dict[str, list[Position]] = {}
    for (location, sku), quantity in sorted(units.items()):
        by_location.setdefault(location, []).append(Position(sku, quantity))
    asked = []
    for location, positions in by_location.items():
        starts = range(0, len(positions), PART)
        asked += [
            FeedAsk(
                Feed(
                    location,
                    "opening",
                    now,
                    positions[first : first + PART],
                    "snapshot",
                    number,
                    len(starts),
                ),
                "system:test",
            )
            for number, first in enumerate(starts, start=1)
        ]
    for answer in await take_feeds(db, asked, now):
        assert not isinstance(answer, Refused), answer
        assert not answer.refused, answer.refused[:5]


async def walk(db: Database, clock: Clock, orders: Sequence[PlaceOrder]) -> None:
    """Place all `orders` and bring each to its end; every one must get there."""
    for first in range(0, len(orders), BATCH):
        asked = [CaptureRequest(each, "system:test") for each in orders[first : first + BATCH]]
        placed = await place_orders(db, asked, clock.now())
        refused = [each for each in placed if isinstance(each, CaptureRefused)]
        assert not refused, refused[:3]
    await settle(db, clock, whole_house())
    await _complete(db, clock.now())
    await settle(db, clock, whole_house())
    await _deliver(db, clock.now())
    await settle(db, clock, whole_house())


async def _ids(db: Database, state: str) -> list[tuple[object, str]]:
    async with db.reading() as tx:
        rows = await tx.fetch(
            "select fulfillment_order_id, number from fulfillment_order where state = $1"
            " order by fulfillment_order_id",
            state,
        )
    return [(row["fulfillment_order_id"], row["number"]) for row in rows]


async def _complete(db: Database, now: datetime) -> None:
    found = await _ids(db, "open")
    for first in range(0, len(found), BATCH):
        asked = [
            complete(Completing(key, "post", None, f"P{number}"))  # type: ignore[arg-type]
            for key, number in found[first : first + BATCH]
        ]
        await _step(db, asked, now)


async def _deliver(db: Database, now: datetime) -> None:
    found = await _ids(db, "shipped")
    for first in range(0, len(found), BATCH):
        asked = [
            deliver(Delivering(key))  # type: ignore[arg-type]
            for key, _ in found[first : first + BATCH]
        ]
        await _step(db, asked, now)


async def _step(db: Database, asked: Sequence[object], now: datetime) -> None:
    outcomes = await db.run(
        lambda tx: take_steps(tx, asked, by="system:test", now=now, packages=True)  # type: ignore[arg-type]
    )
    refused = [each for each in outcomes if isinstance(each, Refused)]
    assert not refused, refused[:3]


async def check_all_ended(db: Database, orders: int) -> None:
    """Assert that all orders are delivered, paid, invoiced and closed, and the books are right."""
    async with db.reading() as tx:
        rows = await tx.fetch(
            "select o.lifecycle, o.fulfillment_status, m.payment_status,"
            " m.invoiced_minor = m.total_minor as invoiced, count(*) as n"
            " from orders as o inner join order_money as m on o.order_id = m.order_id"
            " group by 1, 2, 3, 4"
        )
    standing = {tuple(row.values())[:4]: row["n"] for row in rows}
    assert standing == {("closed", "delivered", "captured", True): orders}
    assert await verify_database(db) == []
