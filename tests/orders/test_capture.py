"""Placing orders over a real database: what is written, and what again the same gets."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from argosy.kernel.database import Database
from argosy.orders import PlaceOrder
from argosy.orders.commands.placing import capture_orders
from argosy.orders.door import Captured, CaptureRefused, CaptureRequest
from tests.business import Business
from tests.orders.world import (
    HOME,
    NOW,
    ask,
    counted,
    counts,
    fetch,
    fetch_value,
    line,
    order,
    place,
    place_one,
    refused,
    stock,
)


async def test_a_placed_order_stands_with_everything_it_needs(db: Database, shop: Business) -> None:
    made = await place_one(
        db,
        order(
            "A-1",
            line("MUG", 2, gift_message="For you", attributes={"color": "red"}),
            line("PLATE", 1, "4.50", discount_minor=50, tax_minor=70, external_id="L2"),
            customer={"external_id": "C-1", "email": "a.buyer@example.com", "name": "A. Buyer"},
            bill_to=HOME,
            discounts=[{"code": "TEN", "amount_minor": 240}],
            fees=[{"code": "WRAP", "title": "Gift wrap", "amount_minor": 300, "tax_minor": 50}],
            payments=[
                {"gateway": "manual", "amount_minor": 1000, "authorization_ref": "R-1"},
                {"gateway": "manual", "method": "gift_card", "amount_minor": 1460,
                 "authorization_ref": "R-2"},
            ],
            note="Ring twice", tags=["vip", "gift"], attributes={"source": "newsletter"},
            total_minor=2400 - 240 + 300,
        ),
    )  # fmt: skip
    assert made.created
    summary = made.summary
    assert (summary.order_number, summary.version) == ("100001", 1)
    assert (summary.lifecycle, summary.payment_status) == ("placed", "authorized")
    kept = (await fetch(db, "select * from orders"))[0]
    assert kept["captured_by"] == "key:web"
    assert (kept["goods_minor"], kept["discount_minor"]) == (2450, 290)
    assert (kept["fee_minor"], kept["tax_minor"], kept["total_minor"]) == (300, 120, 2460)
    assert (kept["tags"], kept["attributes"]) == (["vip", "gift"], {"source": "newsletter"})
    lines = await fetch(db, "select * from order_line order by line_no")
    assert [each["total_minor"] for each in lines] == [2050, 410]
    assert lines[0]["attributes"] == {"color": "red"}
    assert lines[0]["gift_message"] == "For you"
    event = (await fetch(db, "select * from event where name = 'order.placed.v1'"))[0]
    assert event["subject_id"] == summary.order_id
    assert event["body"]["by"] == "key:web"
    assert [each["total_minor"] for each in event["body"]["lines"]] == [2050, 410]
    assert await fetch_value(db, "select count(*) from payment") == 2


@pytest.mark.parametrize(
    ("currency", "amount", "price"),
    [("JPY", 500, "500"), ("KWD", 1500, "1.5"), ("CLF", 5000, "0.5")],
)
async def test_any_currency_with_its_own_exponent(
    db: Database, shop: Business, currency: str, amount: int, price: str
) -> None:
    asked = order("C-1", line(price="1", amount_minor=amount, unit_price=price), currency=currency)
    made = await place_one(db, asked)
    kept = await fetch(db, "select * from orders where order_id = $1", made.summary.order_id)
    assert (kept[0]["currency"], kept[0]["total_minor"]) == (currency, amount)


async def test_net_prices_carry_their_taxes_on_top(db: Database, shop: Business) -> None:
    asked = order(
        "N-1",
        line("MUG", 3, "1.00", tax_minor=61),
        tax_mode="net",
        delivery_groups=[
            {"key": "g1", "ship_to": HOME, "shipping_minor": 100, "shipping_tax_minor": 20}
        ],
        total_minor=300 + 61 + 100 + 20,
    )
    await place_one(db, asked)
    charge = await fetch(db, "select kind, amount_minor, tax_minor from order_charge")
    assert charge == [{"kind": "shipping", "amount_minor": 100, "tax_minor": 20}]


async def test_groups_have_recipients_methods_and_shipping_of_their_own(
    db: Database, shop: Business
) -> None:
    paris = HOME | {"country": "FR", "city": "Paris", "postal_code": "75001"}
    asked = order(
        "G-1",
        line("MUG", 1, delivery_group="home"),
        line("MUG", 1, delivery_group="paris"),
        line("PLATE", 2, delivery_group="shop"),
        delivery_groups=[
            {"key": "home", "method": "express", "ship_to": HOME, "shipping_minor": 800},
            {"key": "paris", "ship_to": paris, "gift_message": "Bonne fête"},
            {"key": "shop", "method": "pickup", "pickup_location": "london"},
        ],
        total_minor=4800,
    )
    await place_one(db, asked)
    groups = await fetch(db, "select * from delivery_group order by group_no")
    assert [each["method_code"] for each in groups] == ["express", "standard", "pickup"]
    assert [each["country"] for each in groups] == ["GB", "FR", "GB"]
    assert all(each["promised_at"] is not None for each in groups)
    where = await fetch(
        db,
        "select r.line_no, l.code from reservation r join location l using (location_id)"
        " order by line_no",
    )
    assert [each["code"] for each in where] == ["reading", "reading", "london"]
    promises = await fetch(db, "select basis from promise order by group_no")
    assert promises[2]["basis"] == {"locations": ["london"]}


async def test_digital_goods_need_no_stock_and_no_address(db: Database, shop: Business) -> None:
    asked = order("D-1", line("EBOOK", 3), delivery_method="digital", ship_to=None)
    await place_one(db, asked)
    assert await fetch_value(db, "select count(*) from reservation") == 0
    assert await fetch_value(db, "select country from delivery_group") == "ZZ"


async def test_the_same_order_again_is_the_order_that_stands(db: Database, shop: Business) -> None:
    first = await place_one(db, order("S-1"))
    before = await counts(db)
    again = await place_one(db, order("S-1"), now=NOW + timedelta(days=3))
    assert (again.created, again.summary) == (False, first.summary)
    assert await refused(db, order("S-1", line("MUG", 2))) == [
        ("external_id_reused", "/external_id")
    ]
    assert await counts(db) == before


async def test_an_idempotency_key_answers_again_and_refuses_another_order(
    db: Database, shop: Business
) -> None:
    how: dict[str, Any] = {"request_scope": "request:key:web", "request_key": "K"}
    first = await place_one(db, order("I-1"), **how)
    again = await place_one(db, order("I-1"), **how)
    assert (again.created, again.summary.order_id) == (False, first.summary.order_id)
    assert await refused(db, order("I-2"), **how) == [("idempotency_key_reused", "")]
    other = {"request_scope": "request:key:other", "request_key": "K"}
    assert (await place_one(db, order("I-2"), **other)).created


async def test_twins_of_one_batch_are_one_order(db: Database, shop: Business) -> None:
    outcomes = await place(
        db,
        order("T-1"),
        order("T-1"),
        order("T-1", line("MUG", 2)),
        order("T-2", line("NOPE")),
        order("T-2"),
    )
    assert [isinstance(each, Captured) and each.created for each in outcomes] == [
        True, False, False, False, True,
    ]  # fmt: skip
    assert isinstance(outcomes[1], Captured)
    assert isinstance(outcomes[0], Captured)
    assert outcomes[1].summary.order_id == outcomes[0].summary.order_id
    assert isinstance(outcomes[2], CaptureRefused)
    assert outcomes[2].faults[0].code == "external_id_reused"
    assert await fetch_value(db, "select count(*) from orders") == 2


async def test_a_batch_takes_the_same_few_statements_whatever_its_size(
    db: Database, shop: Business
) -> None:
    await place(db, order("W-1"), order("W-2", line("SET")))  # Warm copies of the catalogue.
    sent = []
    for size in (1, 60):
        requests = [
            CaptureRequest(
                order(f"B-{size}-{n}", customer={"external_id": f"{size}-{n % 40}"}), "key:web"
            )
            for n in range(size)
        ]
        async with db.transaction() as tx, counted(tx) as statements:
            outcomes = await capture_orders(tx, requests, NOW, lock=False)
        assert all(isinstance(each, Captured) for each in outcomes)
        sent.append(len(statements))
    assert sent[0] == sent[1] <= 8  # With BEGIN and COMMIT ten at most.


async def test_orders_come_late_and_shuffled(db: Database, shop: Business) -> None:
    for days in (3, 400, 1):
        placed = NOW - timedelta(days=days)
        await place_one(db, order(f"L-{days}", placed_at=placed))
    rows = await fetch(db, "select external_id from orders order by order_id")
    assert [each["external_id"] for each in rows] == ["L-400", "L-3", "L-1"]


async def test_pain_36_numbers_come_from_a_series_and_are_unique(
    db: Database, shop: Business
) -> None:
    outcomes = await place(db, *[order(f"N-{n}") for n in range(40)])
    numbers = [each.summary.order_number for each in outcomes if isinstance(each, Captured)]
    assert len(set(numbers)) == 40
    async with db.reading() as tx:
        assert await tx.fetchval("select count(*) from order_key where scope = 'number'") == 40
        definition = await tx.fetchval(
            "select pg_get_constraintdef(oid) from pg_constraint where conname = 'order_key_pkey'"
        )
    assert definition == "PRIMARY KEY (scope, key)"


async def test_pain_21_the_value_of_a_unit_is_fixed_at_placement(
    db: Database, shop: Business
) -> None:
    asked = order(
        "V-1", line("MUG", 3), line("PLATE", 1, "0.01"),
        discounts=[{"code": "BIG", "amount_minor": 1000}], total_minor=3001 - 1000,
    )  # fmt: skip
    made = await place_one(db, asked)
    async with db.transaction() as tx:
        await tx.execute("update sku set title = 'Dearer now'")
    lines = await fetch(
        db, "select * from order_line where order_id = $1 order by line_no", made.summary.order_id
    )
    assert [each["total_minor"] for each in lines] == [2000 + 0, 1]
    assert sum(each["total_minor"] for each in lines) == 2001
    assert sum(each["order_discount_minor"] for each in lines) == 1000


async def test_a_difference_within_the_tolerance_of_the_channel_is_a_charge(
    db: Database, shop: Business
) -> None:
    async with db.transaction() as tx:
        await tx.execute(
            "update channel set settings = settings || '{\"total_tolerance_minor\": 2}'"
        )
        await tx.execute(
            "update catalogue_version set version = version + 1, stamp = gen_random_uuid()"
        )
    await place_one(db, order("R-1", total_minor=1002))
    await place_one(db, order("R-2", total_minor=998))
    assert await refused(db, order("R-3", total_minor=1003)) == [("total_mismatch", "/total_minor")]
    charges = await fetch(db, "select kind, code, amount_minor from order_charge order by kind")
    assert charges == [
        {"kind": "discount", "code": "rounding", "amount_minor": 2},
        {"kind": "fee", "code": "rounding", "amount_minor": 2},
    ]


async def test_back_orders_are_promised_by_lead_time_and_up_to_their_cap(
    db: Database, shop: Business
) -> None:
    await stock(db, shop, "CLOCK", reading=1)
    made = await place_one(db, order("B-1", line("CLOCK", 4)))
    assert made.summary.fulfillment_status == "backordered"
    assert made.summary.promised_at is not None
    assert isinstance(made.summary.promised_at, type(NOW))
    assert made.summary.promised_at > NOW + timedelta(days=8)
    waiting = await fetch(db, "select quantity, kind, per_unit from backorder")
    assert waiting == [{"quantity": 3, "kind": "back_order", "per_unit": 1}]
    assert await refused(db, order("B-2", line("CLOCK", 8))) == [
        ("out_of_stock", "/lines/0/quantity")
    ]


async def test_pre_orders_are_promised_after_their_release(db: Database, shop: Business) -> None:
    await stock(db, shop, "GAME", reading=5)
    made = await place_one(db, order("P-1", line("GAME", 2)))
    assert isinstance(made.summary.promised_at, type(NOW))
    assert made.summary.promised_at.date().isoformat() > "2026-02-02"
    assert await fetch_value(db, "select kind from backorder") == "pre_order"
    assert await fetch_value(db, "select count(*) from reservation") == 0


async def test_kits_are_broken_up_before_stock_is_touched(db: Database, shop: Business) -> None:
    await place_one(db, order("K-1", line("SET", 2)))
    taken = await fetch(
        db, "select s.code, r.quantity from reservation r join sku s using (sku_id) order by 1"
    )
    assert taken == [{"code": "MUG", "quantity": 4}, {"code": "PLATE", "quantity": 2}]
    parts = await fetch(db, "select per_unit from order_line_component order by per_unit")
    assert [each["per_unit"] for each in parts] == [1, 2]


async def test_a_channel_limited_key_sees_its_channel_alone(db: Database, shop: Business) -> None:
    reach = frozenset({shop.channels["store"]})
    await place_one(db, order("X-1"))
    # Not even that the order exists is told.
    assert await refused(db, order("X-1"), channel_ids=reach) == [("channel_unknown", "/channel")]
    assert (await place_one(db, order("X-1"), channel_ids=None)).created is False


async def test_an_order_has_up_to_five_thousand_lines(db: Database, shop: Business) -> None:
    lines = [line("EBOOK", 1, "0.01") for _ in range(5000)]
    made = await place_one(
        db,
        order(
            "LONG",
            *lines,
            delivery_method="digital",
            fees=[{"code": "F", "amount_minor": 7}],
            total_minor=5007,
        ),
    )
    sums = await fetch(
        db,
        "select count(*) as lines, sum(total_minor) as total from order_line where order_id = $1",
        made.summary.order_id,
    )
    assert sums == [{"lines": 5000, "total": 5007}]


def test_pain_45_limits_are_part_of_the_contract() -> None:
    too_many = ask("M", *[line() for _ in range(5001)])
    with pytest.raises(msgspec.ValidationError, match="length <= 5000"):
        msgspec.convert(too_many, PlaceOrder)


async def test_what_is_back_ordered_needs_no_location_yet(db: Database, shop: Business) -> None:
    """A channel whose locations are all closed still sells beyond stock, without a date."""
    async with db.transaction() as tx:
        await tx.execute("update location set active = false")
        await tx.execute("update catalogue_version set version = version + 1")
    placed = await place_one(db, order("1", line("CLOCK")))
    assert placed.summary.fulfillment_status == "backordered"
    assert placed.summary.promised_at is None
