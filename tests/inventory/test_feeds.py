"""Feeds: deltas, snapshots in parts, repeats, and what moved meanwhile."""

import asyncio
from datetime import datetime

from argosy.inventory.commands.feed import FeedAsk, take_feeds
from argosy.inventory.jobs import drop_old_feeds
from argosy.inventory.model import Refusal
from argosy.inventory.model.feeds import Feed, FeedAnswer, Position
from argosy.kernel.refusals import Refused
from tests.inventory.shop import BY, NOW, Shop, later


def feed(
    reference: str,
    *,
    location: str = "reading",
    as_of: datetime = NOW,
    part: int = 1,
    parts: int = 1,
    mode: str = "delta",
    by: str = BY,
    **positions: int,
) -> FeedAsk:
    named = [Position(sku, units) for sku, units in positions.items()]
    return FeedAsk(Feed(location, reference, as_of, named, mode, part, parts), by)


async def take(shop: Shop, *asked: FeedAsk, now: datetime = NOW) -> list[FeedAnswer]:
    outcomes = await take_feeds(shop.db, asked, now)
    assert all(isinstance(each, FeedAnswer) for each in outcomes), outcomes
    return outcomes


async def on_hand(shop: Shop, sku: str, location: str = "reading") -> int:
    return (await shop.balance(sku, location))[0]


async def test_a_feed_sets_quantities_and_tells_once(shop: Shop) -> None:
    await shop.receive("MUG", reading=10)
    [answer] = await take(shop, feed("f1", MUG=7, PLATE=4, BOWL=0))
    assert (answer.positions, answer.changed, answer.stale, answer.refused) == (3, 2, 0, [])
    assert [await on_hand(shop, sku) for sku in ("MUG", "PLATE", "BOWL")] == [7, 4, 0]
    [told] = await shop.events("stock.fed.v1")
    assert {row[0]: row[1:] for row in told["changed"]} == {
        str(shop.sku("MUG")): [-3, 7],
        str(shop.sku("PLATE")): [4, 4],
    }


async def test_the_same_feed_again_changes_nothing(shop: Shop) -> None:
    [first] = await take(shop, feed("f1", MUG=7))
    await shop.receive("MUG", now=later(minutes=5), reading=3)
    [again] = await take(shop, feed("f1", MUG=7), now=later(minutes=10))
    assert again.repeated
    assert again.feed_id == first.feed_id
    assert await on_hand(shop, "MUG") == 10
    [refused] = await take_feeds(shop.db, [feed("f1", MUG=8)], later(minutes=10))
    assert isinstance(refused, Refused)
    assert refused.code is Refusal.FEED_REFERENCE_REUSED


async def test_twins_in_one_batch_are_one_feed(shop: Shop) -> None:
    answers = await take(shop, feed("f1", MUG=7), feed("f1", MUG=7), feed("f2", PLATE=1))
    assert [each.repeated for each in answers] == [False, True, False]
    assert answers[0].feed_id == answers[1].feed_id
    outcomes = await take_feeds(shop.db, [feed("f3", MUG=1), feed("f3", MUG=2)], NOW)
    assert isinstance(outcomes[0], FeedAnswer)
    assert isinstance(outcomes[1], Refused)


async def test_what_moved_after_the_time_of_a_feed_stays_moved(shop: Shop) -> None:
    """A WMS reports ten o'clock at eleven: what was sold in between is still sold."""
    await shop.receive("MUG", reading=10)
    await shop.receive("MUG", now=later(minutes=30), reading=5)
    [answer] = await take(shop, feed("f1", as_of=later(minutes=10), MUG=8), now=later(hours=1))
    assert answer.changed == 1
    assert await on_hand(shop, "MUG") == 13


async def test_older_feeds_are_stale(shop: Shop) -> None:
    await take(shop, feed("f2", as_of=later(minutes=20), MUG=8), now=later(hours=1))
    [answer] = await take(
        shop, feed("f1", as_of=later(minutes=10), MUG=99, PLATE=2), now=later(hours=1)
    )
    assert (answer.changed, answer.stale) == (1, 1)
    assert await on_hand(shop, "MUG") == 8


async def test_feeds_of_one_place_in_one_batch_leave_the_newest(shop: Shop) -> None:
    answers = await take(
        shop,
        feed("f2", as_of=later(minutes=20), MUG=8),
        feed("f1", as_of=later(minutes=10), MUG=99),
        feed("f3", as_of=later(minutes=20), MUG=9, PLATE=1),
        now=later(hours=1),
    )
    assert [each.stale for each in answers] == [1, 1, 0]
    assert await on_hand(shop, "MUG") == 9


async def test_no_less_than_is_promised_stays_on_hand(shop: Shop) -> None:
    await shop.receive("MUG", reading=10)
    assert await shop.reserve("MUG", "reading", 6)
    [answer] = await take(shop, feed("f1", PLATE=1, MUG=2))
    [refused] = answer.refused
    assert (refused.index, refused.code) == (1, "below_promised")
    assert refused.facts == {"on_hand": 6, "promised": 6, "short_by": 4}
    assert await shop.balance("MUG", "reading") == (6, 0, 6)


async def test_bad_positions_never_fail_their_neighbours(shop: Shop) -> None:
    positions = [Position(*each) for each in (("MUG", 1), ("NO", 1), ("SET", 1), ("MUG", 2))]
    asked = FeedAsk(Feed("reading", "f1", NOW, positions), BY)
    [answer] = await take(shop, asked)
    assert [(each.index, each.code) for each in answer.refused] == [
        (1, "sku_unknown"),
        (2, "sku_not_stocked"),
        (3, "position_repeated"),
    ]
    assert await on_hand(shop, "MUG") == 1
    [again] = await take(shop, asked)
    assert again.refused == answer.refused


async def test_a_snapshot_clears_what_no_part_named(shop: Shop) -> None:
    await shop.receive("MUG", reading=10, london=3)
    await shop.receive("PLATE", reading=10)
    await shop.receive("BOWL", reading=10)
    as_of, now = later(minutes=10), later(hours=1)
    await shop.receive("CLOCK", now=later(minutes=20), reading=2)
    how = {"as_of": as_of, "parts": 2, "mode": "snapshot"}
    [first] = await take(shop, feed("s1", part=2, **how, MUG=4), now=now)
    assert not first.complete
    assert await on_hand(shop, "BOWL") == 10
    [second] = await take(shop, feed("s1", part=1, **how, PLATE=0), now=now)
    assert second.complete
    assert second.cleared == 1
    left = [await on_hand(shop, sku) for sku in ("MUG", "PLATE", "BOWL", "CLOCK")]
    assert left == [4, 0, 0, 2]
    assert await on_hand(shop, "MUG", "london") == 3


async def test_parts_of_a_snapshot_agree(shop: Shop) -> None:
    await take(shop, feed("s1", part=1, parts=2, mode="snapshot", MUG=4))
    bad = [
        feed("s1", part=2, parts=3, mode="snapshot", PLATE=1),
        feed("s1", part=2, parts=2, mode="delta", PLATE=1),
        feed("s2", part=3, parts=2, mode="snapshot", PLATE=1),
        feed("s3", location="nowhere", MUG=1),
        feed("s4", as_of=later(hours=2), MUG=1),
    ]
    outcomes = await take_feeds(shop.db, bad, NOW)
    assert [each.code for each in outcomes] == [
        Refusal.FEED_PARTS_DISAGREE,
        Refusal.FEED_PARTS_DISAGREE,
        Refusal.FEED_PARTS_DISAGREE,
        Refusal.LOCATION_UNKNOWN,
        Refusal.AS_OF_IN_THE_FUTURE,
    ]


async def test_the_ledger_names_each_sender(shop: Shop) -> None:
    await take(shop, feed("a", MUG=1, by="key:wms"), feed("b", PLATE=1, by="key:till"))
    rows = await shop.fetch("select sku_id, made_by from stock_movement")
    assert {row["sku_id"]: row["made_by"] for row in rows} == {
        shop.sku("MUG"): "key:wms",
        shop.sku("PLATE"): "key:till",
    }


async def test_many_feeds_at_once_leave_what_the_newest_said(shop: Shop) -> None:
    """Each of many feeders sets all SKUs; whoever speaks of the latest time is believed."""
    skus = ("MUG", "PLATE", "BOWL")
    now = later(hours=1)
    await asyncio.gather(
        *(
            take(
                shop,
                feed(f"f{n}", as_of=later(minutes=n), **dict.fromkeys(skus, n)),
                now=now,
            )
            for n in range(1, 13)
        )
    )
    assert [await on_hand(shop, sku) for sku in skus] == [12, 12, 12]


async def test_pain_44_a_feed_can_be_repeated_while_stock_moves(shop: Shop) -> None:
    """An import that is sent again half-way, while orders are taken, leaves the books right."""
    await shop.receive("MUG", reading=10)
    asked = feed("file", as_of=later(minutes=1), MUG=10, PLATE=5)
    await take(shop, asked, now=later(minutes=2))
    assert await shop.reserve("MUG", "reading", 4)
    await shop.receive("PLATE", now=later(minutes=3), reading=1)
    [again] = await take(shop, asked, now=later(minutes=4))
    assert again.repeated
    assert await shop.balance("MUG", "reading") == (10, 0, 4)
    assert await on_hand(shop, "PLATE") == 6


async def test_feeds_are_forgotten_after_a_while(shop: Shop) -> None:
    await take(shop, feed("old", MUG=1))
    await take(shop, feed("new", as_of=later(days=80), MUG=2), now=later(days=80))
    assert await drop_old_feeds(shop.db, later(days=89)) == 0
    assert await drop_old_feeds(shop.db, later(days=91)) == 1
    [known] = await shop.fetch("select reference from stock_feed")
    assert known["reference"] == "new"
