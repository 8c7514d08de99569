"""Tracking events and pick lists, against the database."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from argosy.fulfillment import reads
from argosy.fulfillment.commands import steps
from argosy.fulfillment.commands.pick_lists import PickListMade, make_pick_list
from argosy.fulfillment.commands.steps import Completing
from argosy.fulfillment.commands.sweeps import apply_tracking
from argosy.fulfillment.commands.track import record_tracking
from argosy.fulfillment.http.views import page_of_pick_list
from argosy.fulfillment.model.tracking import TrackingReport, TrackingStatus
from argosy.kernel.database import Database
from argosy.kernel.refusals import Refused
from tests.fulfillment.conftest import Rows
from tests.fulfillment.test_steps import counters, done, route, routed
from tests.fulfillment.world import NOW, World, place

LATER = NOW + timedelta(days=1)


def said(number: str, event: str, status: str, at: datetime = LATER) -> TrackingReport:
    return TrackingReport(number, "dhl", event, TrackingStatus(status), at)


async def hear(db: Database, *reports: TrackingReport) -> list[bool]:
    return await db.run(lambda tx: record_tracking(tx, reports, by="test", now=LATER))


async def test_events_count_once_and_in_any_order(db: Database, world: World, rows: Rows) -> None:
    fo = await routed(db, world, rows, ("A", 2))
    await done(db, steps.complete(Completing(fo, "dhl", None, "T1")))
    arrived = said("T1", "3", "delivered", LATER + timedelta(hours=2))
    assert await hear(db, arrived, arrived) == [True, False]
    assert await counters(rows) == {"fulfilled": 2, "delivered": 2}
    assert await hear(db, said("T1", "1", "picked_up", NOW), arrived) == [True, False]
    [package] = await rows("select scanned_at, delivered_at from package")
    assert package["scanned_at"] == NOW
    [made] = await rows("select state from fulfillment_order")
    assert made["state"] == "fulfilled"
    assert len(await rows("select 1 from event where name = 'order.units_delivered.v1'")) == 1


async def test_events_before_their_parcel_wait_for_it(
    db: Database, world: World, rows: Rows
) -> None:
    fo = await routed(db, world, rows, ("A", 1))
    assert await hear(db, said("T9", "1", "delivered")) == [True]
    assert await apply_tracking(db, LATER) == 0
    await done(db, steps.complete(Completing(fo, "dhl", None, "T9")))
    assert await apply_tracking(db, LATER) == 1
    assert await apply_tracking(db, LATER) == 0
    assert await counters(rows) == {"fulfilled": 1, "delivered": 1}


async def test_one_of_two_parcels_arrives(db: Database, world: World, rows: Rows) -> None:
    fo = await routed(db, world, rows, ("A", 3))
    await done(db, steps.complete(Completing(fo, "dhl", None, "T1", {1: 1})))
    await done(db, steps.complete(Completing(fo, "dhl", None, "T2")))
    await hear(db, said("T2", "1", "delivered"))
    assert await counters(rows) == {"fulfilled": 3, "delivered": 2}
    [made] = await rows("select state from fulfillment_order")
    assert made["state"] == "shipped"
    states = await rows("select tracking_number, state from shipment order by 1")
    assert [tuple(row.values()) for row in states] == [("T1", "shipped"), ("T2", "delivered")]


async def test_a_parcel_that_comes_back_asks_a_person(
    db: Database, world: World, rows: Rows
) -> None:
    fo = await routed(db, world, rows, ("A", 1))
    await done(db, steps.complete(Completing(fo, "dhl", None, "T1")))
    await hear(db, said("T1", "1", "returned_to_sender"))
    [opened] = await rows("select category, message from process_exception")
    assert opened["category"] == "fulfillment"
    assert "T1" in opened["message"]


async def listed(db: Database, world: World, ids: list[UUID] | None) -> PickListMade | Refused:
    location_id = world.locations["LON"]
    return await db.run(
        lambda tx: make_pick_list(tx, location_id, ids, most=10, by="test", now=NOW)
    )


async def test_a_pick_list_over_many_orders(db: Database, world: World, rows: Rows) -> None:
    async with db.transaction() as tx:
        await tx.execute("update sku set attributes = $1 where code = 'B'", {"bin": "01-A"})
    await place(db, world, ("A", 2), ("B", 1), reserve_at="LON")
    await place(db, world, ("A", 1), reserve_at="LON")
    made = await route(db, rows)
    none = await listed(db, world, None)
    assert isinstance(none, Refused)
    for fo in made:
        await done(db, steps.accept(fo))
    made_list = await listed(db, world, None)
    assert isinstance(made_list, PickListMade)
    assert made_list.number == "P1001"
    async with db.reading() as tx:
        found = await reads.get_pick_list(tx, made_list.pick_list_id)
    assert found is not None
    assert [(each.bin, each.sku_code, each.to_pick) for each in found.lines] == [
        ("01-A", "B", 1),
        (None, "A", 3),
    ]
    assert len(found.lines[1].orders) == 2
    page = page_of_pick_list(found)
    assert "P1001" in page
    assert "01-A" in page
    again: Any = await listed(db, world, [made[0], UUID(int=5)])
    assert again.code == "already_on_a_pick_list"
