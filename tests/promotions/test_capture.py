"""Prices and codes of orders at capture: accepted, held, refused, and counted exactly once."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from argosy.identity import SYSTEM
from argosy.promotions import PriceRow, PromotionCodeRow, door as promotions
from argosy.promotions.model import Refusal
from tests.promotions.conftest import SQL, Shop

MUG = PriceRow(price_list="retail", sku="MUG", unit_price="10.00")


@pytest.mark.parametrize(
    ("setting", "price", "expected"),
    [
        ("accept", "7.00", "placed"),
        ("hold", "7.00", "price"),
        ("refuse", "7.00", "price_mismatch"),
        ("refuse", "10.50", "placed"),
        ("refuse", "9.50", "placed"),
        ("refuse", "10.51", "price_mismatch"),
    ],
)
async def test_the_channel_says_what_becomes_of_odd_prices(
    shop: Shop, setting: str, price: str, expected: str
) -> None:
    await shop.prices(MUG)
    await shop.channel(price_mismatch=setting, price_tolerance_percent=Decimal(5))
    assert await shop.place(shop.order(price=price)) == [expected]


async def test_discounts_must_come_from_codes_where_prices_are_checked(shop: Shop) -> None:
    await shop.prices(MUG)
    await shop.code("TEN", percent=Decimal(10))
    await shop.channel(price_mismatch="refuse", total_tolerance_minor=5)
    assert await shop.place(
        shop.order(discount=200, codes=("ten",)),
        shop.order(discount=205, codes=("TEN",)),
        shop.order(discount=206, codes=("TEN",)),
        shop.order(discount=200),
    ) == ["placed", "placed", "price_mismatch", "price_mismatch"]
    assert await shop.value("select used from promotion_code") == 2


async def test_skus_without_a_price_are_not_judged(shop: Shop) -> None:
    await shop.prices(MUG)
    await shop.channel(price_mismatch="refuse")
    assert await shop.place(shop.order(sku="BOWL", price="3.21")) == ["placed"]


async def test_late_orders_are_checked_against_the_prices_of_their_time(shop: Shop) -> None:
    now = shop.clock.now()
    await shop.prices(MUG, valid_until=now)
    new = PriceRow(price_list="new", sku="MUG", unit_price="12.00")
    await shop.prices(new, code="new", valid_from=now)
    await shop.channel(price_mismatch="refuse")
    assert await shop.place(
        shop.order(price="10.00", placed_at=now - timedelta(days=3)),
        shop.order(price="10.00", placed_at=now),
        shop.order(price="12.00", placed_at=now),
    ) == ["placed", "price_mismatch", "placed"]


async def test_codes_that_are_not_good_refuse_the_order_and_change_nothing(shop: Shop) -> None:
    await shop.code("BIG", percent=Decimal(10), minimum_minor=5000, currency="GBP")
    assert await shop.place(
        shop.order(codes=("NONE",)), shop.order(codes=("BIG",)), shop.order(units=9, codes=("BIG",))
    ) == ["promotion_refused", "promotion_refused", "placed"]
    assert await shop.value("select count(*) from orders") == 1
    await shop.channel(price_mismatch="hold")
    assert await shop.place(shop.order(codes=("NONE",))) == ["price"]


async def test_an_order_that_is_refused_for_stock_uses_no_code(shop: Shop) -> None:
    await shop.code("ONE", percent=Decimal(10), most_uses=1)
    await shop.channel(allow_backorder=False)
    assert await shop.place(shop.order(units=5000, codes=("ONE",)), shop.order(codes=("ONE",))) == [
        "out_of_stock",
        "placed",
    ]
    assert await shop.value("select used from promotion_code") == 1


async def test_limits_hold_within_a_batch(shop: Shop) -> None:
    await shop.code("TWO", percent=Decimal(10), most_uses=2, most_uses_per_customer=1)
    asked = [shop.order(codes=("TWO",), customer=who) for who in ("a", "a", "b", "c")]
    assert await shop.place(*asked) == [
        "placed",
        "promotion_refused",
        "placed",
        "promotion_refused",
    ]
    assert await shop.place(asked[0]) == ["placed"], "the same order again is the same order"
    assert await shop.value("select count(*) from promotion_redemption") == 2


async def test_the_last_use_of_a_code_is_used_once_however_many_come_at_once(shop: Shop) -> None:
    await shop.code("LAST", percent=Decimal(10), most_uses=3)
    asked = [shop.order(codes=("LAST",), customer=f"c-{n}") for n in range(12)]
    outcomes = await asyncio.gather(*(shop.place(each) for each in asked))
    assert sorted(each[0] for each in outcomes) == ["placed"] * 3 + ["promotion_refused"] * 9
    assert await shop.value("select used from promotion_code") == 3
    assert await shop.value("select count(*) from orders") == 3


async def test_one_customer_uses_a_code_once_however_many_come_at_once(shop: Shop) -> None:
    await shop.code("OWN", percent=Decimal(10), most_uses_per_customer=1)
    asked = [shop.order(codes=("OWN",)) for _ in range(8)]
    outcomes = await asyncio.gather(*(shop.place(each) for each in asked))
    assert sorted(each[0] for each in outcomes) == ["placed"] + ["promotion_refused"] * 7


async def test_batches_with_several_codes_do_not_deadlock(shop: Shop) -> None:
    names = [f"CODE-{n}" for n in range(6)]
    for name in names:
        await shop.code(name, percent=Decimal(1))
    batches = [
        [
            shop.order(units=1, codes=tuple(names[(n + k) % 6] for k in range(3)))
            for n in range(start, start + 6)
        ]
        for start in range(8)
    ]
    outcomes = await asyncio.gather(*(shop.place(*each) for each in batches))
    assert all(each == ["placed"] * 6 for each in outcomes)
    assert await shop.value("select sum(used)::int from promotion_code") == 8 * 6 * 3


async def test_the_row_refuses_a_use_beyond_the_limit(shop: Shop) -> None:
    await shop.code("ROW", percent=Decimal(10), most_uses=1)
    with pytest.raises(asyncpg.CheckViolationError, match="used_within_limit"):
        async with shop.db.transaction() as tx:
            await tx.execute("update promotion_code set used = 2")


async def test_a_limit_does_not_fall_below_what_was_used(shop: Shop) -> None:
    await shop.code("CUT", percent=Decimal(10))
    await shop.place(shop.order(codes=("CUT",)), shop.order(codes=("CUT",)))
    async with shop.db.transaction() as tx:
        row = PromotionCodeRow(code="cut", title="Cut", percent=Decimal(10), most_uses=1)
        done = await promotions.upsert_promotion_codes(tx, [row], by=SYSTEM, now=shop.clock.now())
    assert done[0].code == Refusal.LIMIT_BELOW_USES


async def test_a_capture_without_codes_or_checks_asks_nothing_of_promotions(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    execute = asyncpg.connection.Connection._execute  # noqa: SLF001

    async def noted(self: Any, query: str, *args: Any, **how: Any) -> Any:
        asked.append(query)
        return await execute(self, query, *args, **how)

    monkeypatch.setattr(asyncpg.connection.Connection, "_execute", noted)
    await shop.prices(MUG)
    await shop.code("TEN", percent=Decimal(10))
    await shop.place(shop.order(sku="BOWL"))
    asked.clear()
    assert await shop.place(shop.order(), shop.order(sku="BOWL")) == ["placed", "placed"]
    assert not [query for query in asked if "promotion" in query or "price_list" in query]
    plain = len(asked)
    asked.clear()
    assert await shop.place(*[shop.order(codes=("TEN",)) for _ in range(5)]) == ["placed"] * 5
    assert len(asked) == plain + 2


async def test_the_verification_finds_counters_that_are_wrong(shop: Shop) -> None:
    await shop.code("BAD", percent=Decimal(10))
    await shop.place(shop.order(codes=("BAD",)))
    async with shop.db.transaction() as tx:
        await tx.execute("update promotion_code set used = 5")
        found = await tx.fetch((SQL / "verify_redemptions.sql").read_text())
        assert [(row["expected"], row["found"]) for row in found] == [("1", "5")]
        await tx.execute((SQL / "repair_redemption_counts.sql").read_text())
    assert await shop.value("select used from promotion_code") == 1
