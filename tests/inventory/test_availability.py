"""Availability: on hand, what can be promised now and later, and when it would arrive."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from argosy.catalogue import SkuRow, door as catalogue
from argosy.identity import SYSTEM
from argosy.inventory import door
from argosy.inventory.commands import settings
from argosy.inventory.model import Refusal
from argosy.inventory.model.availability import (
    AskAvailability,
    AskedItem,
    Availability,
    Destination,
    SkuAvailability,
)
from argosy.inventory.model.stock import ChannelThreshold, Expected, SafetyStock
from argosy.inventory.reads import find_availability
from argosy.kernel.refusals import Refused
from tests.inventory.shop import NOW, Shop

ALL_ACCESS: dict[str, Any] = {}


async def ask(shop: Shop, *items: tuple[str, int] | str, **how: Any) -> list[SkuAvailability]:
    asked = AskAvailability(
        [AskedItem(each) if isinstance(each, str) else AskedItem(*each) for each in items], **how
    )
    async with shop.db.reading() as tx:
        found = await find_availability(tx, asked, now=NOW)
    assert isinstance(found, Availability), found
    return found.items


async def expect(shop: Shop, sku: str, location: str, units: int, day: date) -> None:
    rows = [Expected(sku, location, units, day)]
    await shop.db.run(lambda tx: settings.expect_stock(tx, rows, by=SYSTEM, now=NOW))


async def test_what_is_promised_and_kept_back_is_not_available(shop: Shop) -> None:
    await shop.receive("MUG", reading=10, london=4)
    assert await shop.reserve("MUG", "reading", 3)
    rows = [SafetyStock(2, sku="MUG", location="reading")]
    await shop.db.run(lambda tx: settings.set_safety_stock(tx, rows, by=SYSTEM, now=NOW))
    [mug] = await ask(shop, "MUG", by_location=True)
    assert (mug.status, mug.on_hand, mug.atp, mug.sellable) == ("in_stock", 14, 9, 9)
    assert mug.locations is not None
    assert [(each.location, each.on_hand, each.atp) for each in mug.locations] == [
        ("reading", 10, 5),
        ("london", 4, 4),
    ]
    [mug] = await ask(shop, "MUG", location_group="stores")
    assert (mug.on_hand, mug.atp) == (4, 4)
    [mug] = await ask(shop, "MUG", locations=["reading", "venlo"])
    assert (mug.on_hand, mug.atp) == (10, 5)


async def test_a_location_below_its_safety_stock_takes_nothing_from_others(shop: Shop) -> None:
    await shop.receive("MUG", reading=10, london=1)
    rows = [SafetyStock(5, sku="MUG", location="london")]
    await shop.db.run(lambda tx: settings.set_safety_stock(tx, rows, by=SYSTEM, now=NOW))
    [mug] = await ask(shop, "MUG")
    assert (mug.on_hand, mug.atp) == (11, 10)


async def test_channels_keep_their_share_and_threshold(shop: Shop) -> None:
    await shop.receive("MUG", reading=20, london=10)
    [mug] = await ask(shop, "MUG", channel="marketplace")
    assert (mug.atp, mug.sellable) == (20, 8)
    rows = [ChannelThreshold("marketplace", "MUG", 9)]
    await shop.db.run(lambda tx: settings.set_channel_thresholds(tx, rows, by=SYSTEM, now=NOW))
    [mug] = await ask(shop, "MUG", channel="marketplace")
    assert mug.sellable == 1
    [mug] = await ask(shop, ("MUG", 2), channel="marketplace")
    assert (mug.status, mug.promise) == ("out_of_stock", None)
    rows = [ChannelThreshold("marketplace", "MUG", None)]
    await shop.db.run(lambda tx: settings.set_channel_thresholds(tx, rows, by=SYSTEM, now=NOW))
    [mug] = await ask(shop, "MUG", channel="marketplace")
    assert mug.sellable == 8


async def test_a_kit_has_what_its_scarcest_component_allows(shop: Shop) -> None:
    await shop.receive("MUG", reading=9)
    await shop.receive("PLATE", reading=3, london=3)
    [kit] = await ask(shop, ("SET", 4))
    assert (kit.status, kit.on_hand, kit.atp) == ("in_stock", 4, 4)
    [kit] = await ask(shop, ("SET", 5))
    assert kit.status == "out_of_stock"


async def test_a_promise_is_stock_processing_cut_off_and_transit(shop: Shop) -> None:
    """Monday ten o'clock, before the cut-off: leaves on Tuesday, two days on the road."""
    await shop.receive("MUG", reading=5)
    [mug] = await ask(shop, "MUG", channel="web", ship_to=Destination("GB"))
    assert mug.promise is not None
    assert mug.promise.from_locations == ["reading"]
    assert mug.promise.ship_by == datetime(2026, 1, 6, 10, tzinfo=UTC)
    assert mug.promise.deliver_by == datetime(2026, 1, 8, 10, tzinfo=UTC)
    [mug] = await ask(shop, "MUG", channel="web", method="express", ship_to=Destination("GB"))
    assert mug.promise is not None
    assert mug.promise.deliver_by == datetime(2026, 1, 7, 10, tzinfo=UTC)


async def test_the_country_of_the_address_is_promised_from_first(shop: Shop) -> None:
    await shop.receive("MUG", reading=5, venlo=5)
    [mug] = await ask(shop, "MUG", channel="web", ship_to=Destination("NL"))
    assert mug.promise is not None
    assert mug.promise.from_locations == ["venlo"]


async def test_a_pickup_is_promised_from_its_store(shop: Shop) -> None:
    await shop.receive("MUG", reading=5, london=1)
    how = {"channel": "web", "method": "pickup", "pickup_location": "london"}
    [mug] = await ask(shop, "MUG", **how)
    assert mug.promise is not None
    assert mug.promise.deliver_by == datetime(2026, 1, 5, 14, tzinfo=UTC)
    [mug] = await ask(shop, ("MUG", 2), **how)
    assert mug.status == "out_of_stock"


async def test_back_orders_are_promised_when_stock_is_expected(shop: Shop) -> None:
    await shop.receive("CLOCK", reading=2)
    await expect(shop, "CLOCK", "reading", 3, date(2026, 1, 20))
    await expect(shop, "CLOCK", "reading", 30, date(2026, 2, 20))
    [clock] = await ask(shop, ("CLOCK", 4), channel="web", ship_to=Destination("GB"))
    assert (clock.status, clock.sellable, clock.backorder_left) == ("back_order", 2, 10)
    assert [(each.date, each.atp) for each in clock.future] == [
        (date(2026, 1, 20), 5),
        (date(2026, 2, 20), 35),
    ]
    assert clock.promise is not None
    assert (clock.promise.back_ordered, clock.promise.waits_for) == (2, date(2026, 1, 20))
    assert clock.promise.ship_by == datetime(2026, 1, 22, 8, tzinfo=UTC)
    [clock] = await ask(shop, ("CLOCK", 6), channel="web")
    assert clock.promise is not None
    assert clock.promise.waits_for == date(2026, 2, 20)
    [clock] = await ask(shop, ("CLOCK", 13), channel="web")
    assert clock.status == "out_of_stock"
    [clock] = await ask(shop, ("CLOCK", 3), channel="marketplace")
    assert clock.status == "out_of_stock"


async def test_what_arrives_goes_to_those_first_who_wait_already(shop: Shop) -> None:
    assert await shop.queue("CLOCK", 4)
    await expect(shop, "CLOCK", "reading", 6, date(2026, 1, 20))
    [clock] = await ask(shop, "CLOCK", channel="web")
    assert [(each.date, each.atp) for each in clock.future] == [(date(2026, 1, 20), 2)]
    assert clock.backorder_left == 6


async def test_pre_orders_are_promised_for_their_release(shop: Shop) -> None:
    await shop.receive("GAME", reading=50)
    [game] = await ask(shop, ("GAME", 2), channel="web")
    assert (game.status, game.atp, game.sellable) == ("pre_order", 50, 0)
    assert game.promise is not None
    assert game.promise.waits_for == date(2026, 2, 2)


async def test_other_things_are_told_apart(shop: Shop) -> None:
    found = await ask(shop, "EBOOK", "OLD", "NOTHING", "MUG", channel="web")
    assert [each.status for each in found] == ["unlimited", "inactive", "unknown", "out_of_stock"]
    assert all(each.promise is None for each in found)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"channel": "no"}, Refusal.CHANNEL_UNKNOWN),
        ({"location_group": "no"}, Refusal.LOCATION_GROUP_UNKNOWN),
        ({"locations": ["no"]}, Refusal.LOCATION_UNKNOWN),
        ({"method": "no"}, Refusal.METHOD_UNKNOWN),
        ({"pickup_location": "no"}, Refusal.LOCATION_UNKNOWN),
    ],
)
async def test_bad_questions_are_refused(shop: Shop, how: dict[str, Any], code: Refusal) -> None:
    asked = AskAvailability([AskedItem("MUG")], **how)
    async with shop.db.reading() as tx:
        found = await find_availability(tx, asked, now=NOW)
    assert isinstance(found, Refused)
    assert found.code is code


async def test_keys_see_their_channel_and_locations(shop: Shop) -> None:
    await shop.receive("MUG", reading=5, london=2)
    web = frozenset({shop.business.channels["web"]})
    async with shop.db.reading() as tx:
        asked = AskAvailability([AskedItem("MUG")])
        refused = await find_availability(tx, asked, channels=web, now=NOW)
        reach = frozenset({shop.at("london")})
        seen = await find_availability(tx, asked, reach=reach, now=NOW)
    assert isinstance(refused, Refused)
    assert isinstance(seen, Availability)
    assert seen.items[0].on_hand == 2


async def test_pain_45_a_thousand_skus_are_answered_at_once(shop: Shop) -> None:
    """Far more than a hundred SKUs a call, in as many statements as for one."""
    rows = [SkuRow(code=f"S{n}", title=f"S{n}") for n in range(990)]
    async with shop.db.transaction() as tx:
        await catalogue.upsert_skus(tx, rows, by=SYSTEM, now=NOW)
    await shop.receive("MUG", reading=1)
    many = AskAvailability(
        [AskedItem("MUG"), *(AskedItem(row.code) for row in rows)], channel="web", by_location=True
    )
    one = AskAvailability([AskedItem("S1")], channel="web")
    counts = []
    async with shop.db.reading() as tx:
        for asked in (many, many, one):
            sent: list[object] = []
            with tx.query_logger(sent.append):
                found = await find_availability(tx, asked, now=NOW)
            counts.append(len(sent))
            if asked is many:
                assert isinstance(found, Availability)
                assert len(found.items) == 991
                assert found.items[0].atp == 1
    assert counts[1] == counts[2] <= 2


async def test_pain_39_what_is_shown_is_exact_and_can_be_reserved(shop: Shop) -> None:
    """No eventual consistency: what was taken a moment ago is gone, kits and pre-orders too."""
    await shop.receive("MUG", reading=4)
    await shop.receive("PLATE", reading=4)
    [kit] = await ask(shop, "SET", channel="web")
    assert kit.sellable == 2
    assert await shop.reserve("MUG", "reading", 1)
    [kit] = await ask(shop, "SET", channel="web")
    assert kit.sellable == 1
    assert await shop.queue("GAME", 99, kind="pre_order")
    [game] = await ask(shop, ("GAME", 2), channel="web")
    assert (game.status, game.backorder_left) == ("out_of_stock", 1)
    async with shop.db.transaction() as tx:
        assert (await door.load_stock(tx, [shop.sku("GAME")], lock=True))[
            shop.sku("GAME")
        ].backlog_left == 1
