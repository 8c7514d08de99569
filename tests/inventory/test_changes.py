"""Receipts, adjustments, counts: what a location says, and what the ledger makes of it."""

from datetime import date

from argosy.identity import SYSTEM
from argosy.inventory.commands import changes, settings
from argosy.inventory.model import Refusal
from argosy.inventory.model.stock import (
    Adjustment,
    Changed,
    ChangeExpected,
    Count,
    Counted,
    Done,
    Expected,
    IncomingMade,
    Receipt,
    SafetyStock,
)
from argosy.kernel.refusals import Refused
from tests.inventory.shop import BY, NOW, Shop, later


def codes(outcomes: list[object]) -> list[str | None]:
    return [each.code.value if isinstance(each, Refused) else None for each in outcomes]


async def test_receipts_and_adjustments_add_up_row_by_row(shop: Shop) -> None:
    await shop.receive("MUG", reading=10, london=3)
    asked = [
        Adjustment("MUG", "reading", -4, "broken"),
        Adjustment("MUG", "reading", 1, "found"),
        Adjustment("MUG", "london", -4, "stolen"),
        Adjustment("NOTHING", "london", 1, "x"),
        Adjustment("MUG", "nowhere", 1, "x"),
        Adjustment("SET", "london", 1, "x"),
        Adjustment("EBOOK", "london", 1, "x"),
        Adjustment("MUG", "venlo", 0, "x"),
    ]
    outcomes = await shop.db.run(lambda tx: changes.adjust_stock(tx, asked, by=BY, now=NOW))
    assert outcomes[:2] == [Changed(7), Changed(7)]
    assert codes(outcomes[2:]) == [
        Refusal.BELOW_PROMISED,
        Refusal.SKU_UNKNOWN,
        Refusal.LOCATION_UNKNOWN,
        Refusal.SKU_NOT_STOCKED,
        Refusal.SKU_NOT_STOCKED,
        Refusal.QUANTITY_IS_ZERO,
    ]
    assert await shop.balance("MUG", "reading") == (7, 0, 0)
    assert await shop.balance("MUG", "london") == (3, 0, 0)
    assert [e["quantity"] for e in await shop.events("stock.adjusted.v1")] == [-4, 1]


async def test_an_adjustment_never_takes_what_is_promised(shop: Shop) -> None:
    await shop.receive("MUG", reading=10)
    assert await shop.reserve("MUG", "reading", 8)
    ask = [Adjustment("MUG", "reading", -3, "missing")]
    [refused] = await shop.db.run(lambda tx: changes.adjust_stock(tx, ask, by=BY, now=NOW))
    assert isinstance(refused, Refused)
    assert refused.facts == {"on_hand": 10, "promised": 8}
    assert await shop.balance("MUG", "reading") == (10, 0, 8)


async def test_a_receipt_closes_what_was_expected(shop: Shop) -> None:
    [made] = await shop.db.run(
        lambda tx: settings.expect_stock(
            tx, [Expected("MUG", "reading", 10, date(2026, 1, 20))], by=SYSTEM, now=NOW
        )
    )
    assert isinstance(made, IncomingMade)
    rows = [
        Receipt("MUG", "reading", 4, made.incoming_id),
        Receipt("MUG", "london", 4, made.incoming_id),
        Receipt("PLATE", "reading", 4, made.incoming_id),
    ]
    outcomes = await shop.db.run(lambda tx: changes.receive_stock(tx, rows, by=BY, now=NOW))
    assert codes(outcomes) == [None, Refusal.INCOMING_UNKNOWN, Refusal.INCOMING_UNKNOWN]
    assert await shop.fetchval("select received from incoming_stock") == 4
    rows = [Receipt("MUG", "reading", 6, made.incoming_id)]
    await shop.db.run(lambda tx: changes.receive_stock(tx, rows, by=BY, now=NOW))
    assert await shop.fetchval("select closed_at from incoming_stock") == NOW
    again = await shop.db.run(lambda tx: changes.receive_stock(tx, rows, by=BY, now=NOW))
    assert codes(again) == [Refusal.INCOMING_UNKNOWN]
    assert await shop.balance("MUG", "reading") == (10, 0, 0)


async def test_what_is_expected_can_be_put_off_and_closed(shop: Shop) -> None:
    [made] = await shop.db.run(
        lambda tx: settings.expect_stock(
            tx, [Expected("MUG", "reading", 10, date(2026, 1, 20))], by=SYSTEM, now=NOW
        )
    )
    change = ChangeExpected(expected_on=date(2026, 2, 1), quantity=5)
    version = await shop.db.run(
        lambda tx: settings.change_incoming(tx, made.incoming_id, change, by=SYSTEM, now=NOW)
    )
    assert version == 2
    closing = ChangeExpected(close=True)
    await shop.db.run(
        lambda tx: settings.change_incoming(tx, made.incoming_id, closing, by=SYSTEM, now=NOW)
    )
    again = await shop.db.run(
        lambda tx: settings.change_incoming(tx, made.incoming_id, closing, by=SYSTEM, now=NOW)
    )
    assert isinstance(again, Refused)
    assert again.code is Refusal.INCOMING_UNKNOWN


async def test_a_count_keeps_what_moved_since_and_what_is_promised(shop: Shop) -> None:
    await shop.receive("MUG", reading=10)
    await shop.receive("MUG", now=later(hours=2), reading=5)
    asked = [Count("MUG", "reading", 8, later(hours=1), "yearly"), Count("PLATE", "reading", 3)]
    now = later(hours=3)
    outcomes = await changes.count_stock(shop.db, asked, by=BY, now=now)
    assert outcomes == [Counted(13, -2, 0), Counted(3, 3, 0)]
    older = [Count("MUG", "reading", 1, later(minutes=30)), Count("MUG", "reading", 2)]
    outcomes = await changes.count_stock(shop.db, older, by=BY, now=now)
    assert codes(outcomes) == [Refusal.COUNT_IS_STALE, Refusal.POSITION_REPEATED]
    assert await shop.reserve("MUG", "reading", 12)
    short = await changes.count_stock(shop.db, [Count("MUG", "reading", 10)], by=BY, now=now)
    assert short == [Counted(12, -1, 2)]
    assert await shop.balance("MUG", "reading") == (12, 0, 12)


async def test_times_that_make_no_sense_are_refused(shop: Shop) -> None:
    asked = [
        Count("MUG", "reading", 1, later(hours=1)),
        Count("MUG", "london", 1, later(days=-4000)),
    ]
    outcomes = await changes.count_stock(shop.db, asked, by=BY, now=NOW)
    assert codes(outcomes) == [Refusal.AS_OF_IN_THE_FUTURE, Refusal.DATE_OUT_OF_RANGE]
    rows = [Expected("MUG", "reading", 1, date(9999, 12, 31))]
    made = await shop.db.run(lambda tx: settings.expect_stock(tx, rows, by=SYSTEM, now=NOW))
    assert codes(made) == [Refusal.DATE_OUT_OF_RANGE]


async def test_a_balance_that_would_grow_too_large_is_refused(shop: Shop) -> None:
    await shop.receive("MUG", reading=1_000_000_000)
    await shop.receive("MUG", reading=999_999_999)
    rows = [Receipt("MUG", "reading", 2)]
    outcomes = await shop.db.run(lambda tx: changes.receive_stock(tx, rows, by=BY, now=NOW))
    assert codes(outcomes) == [Refusal.STOCK_TOO_LARGE]
    ask = [Adjustment("MUG", "reading", 1_000_000_000, "x")] * 3
    outcomes = await shop.db.run(lambda tx: changes.adjust_stock(tx, ask, by=BY, now=NOW))
    assert set(codes(outcomes)) == {Refusal.STOCK_TOO_LARGE}


async def test_safety_stock_is_set_by_place_sku_or_location(shop: Shop) -> None:
    await shop.receive("MUG", reading=10, london=3)
    await shop.receive("PLATE", london=3)
    rows = [
        SafetyStock(2, sku="MUG"),
        SafetyStock(1, location="london"),
        SafetyStock(4, sku="BOWL", location="venlo"),
        SafetyStock(4),
    ]
    outcomes = await shop.db.run(lambda tx: settings.set_safety_stock(tx, rows, by=SYSTEM, now=NOW))
    assert outcomes[:3] == [Done(1), Done(2), Done(1)]
    assert codes(outcomes[3:]) == [Refusal.SKU_OR_LOCATION_NEEDED]
    assert await shop.reserve("MUG", "reading", 9) is None
    assert await shop.reserve("MUG", "reading", 8) is not None


async def test_keys_limited_to_a_location_change_no_other(shop: Shop) -> None:
    reach = frozenset({shop.at("london")})
    rows = [Receipt("MUG", "london", 1), Receipt("MUG", "reading", 1)]
    outcomes = await shop.db.run(
        lambda tx: changes.receive_stock(tx, rows, reach=reach, by=BY, now=NOW)
    )
    assert codes(outcomes) == [None, Refusal.LOCATION_UNKNOWN]
