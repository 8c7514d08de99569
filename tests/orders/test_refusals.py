"""Bad input: each rule by itself, every fault with its pointer, and nothing is changed."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from argosy.kernel.database import Database
from argosy.orders import PlaceOrder
from tests.business import Business
from tests.orders.world import HOME, NOW, ask, counts, fetch, line, order, place_one, refused

_TWO_GROUPS = {"delivery_groups": [{"key": "a", "ship_to": HOME}, {"key": "b", "ship_to": HOME}]}

_CASES: dict[str, tuple[PlaceOrder, list[tuple[str, str]]]] = {
    "unknown channel": (order(channel="nowhere"), [("channel_unknown", "/channel")]),
    "unknown currency": (order(currency="XXX"), [("currency_unknown", "/currency")]),
    "unknown SKU": (order("1", line("NOPE")), [("sku_unknown", "/lines/0/sku")]),
    "SKU no longer sold": (order("1", line("OLD")), [("sku_inactive", "/lines/0/sku")]),
    "total too high": (order(total_minor=1001), [("total_mismatch", "/total_minor")]),
    "total too low": (order(total_minor=999), [("total_mismatch", "/total_minor")]),
    "amount and price": (
        order("1", line(amount_minor=900)),
        [("line_amount_mismatch", "/lines/0/amount_minor")],
    ),
    "discount on a line": (
        order("1", line(discount_minor=1001), total_minor=0),
        [("discount_too_large", "/lines/0/discount_minor")],
    ),
    "discounts of the order": (
        order(discounts=[{"code": "D", "amount_minor": 1001}], total_minor=0),
        [("discount_too_large", "/discounts")],
    ),
    "discount with a tax": (
        order(discounts=[{"code": "D", "amount_minor": 0, "tax_minor": 1}]),
        [("discount_with_tax", "/discounts/0/tax_minor")],
    ),
    "tax above its gross amount": (
        order("1", line(tax_minor=1001)),
        [("tax_too_large", "/lines/0/tax_minor")],
    ),
    "tax above what the discounts of the order leave": (
        order(
            "1",
            line(tax_minor=170),
            discounts=[{"code": "D", "amount_minor": 900}],
            total_minor=100,
        ),
        [("tax_too_large", "/lines/0/tax_minor")],
    ),
    "tax of a fee above what is paid": (
        order(fees=[{"code": "F", "amount_minor": 0, "tax_minor": 1001}]),
        [("tax_too_large", "/lines/0/tax_minor")],
    ),
    "more units than an order has": (
        order("1", *[line("EBOOK", 1_000_000, "0.00")] * 2001),
        [("too_many_units", "/lines")],
    ),
    "no address": (order(ship_to=None), [("address_impossible", "/ship_to")]),
    "no such country": (
        order(ship_to=HOME | {"country": "QQ"}),
        [("address_impossible", "/ship_to")],
    ),
    "address without a street": (
        order(ship_to=HOME | {"line1": "  "}),
        [("address_impossible", "/ship_to")],
    ),
    "unknown method": (
        order(delivery_method="balloon"),
        [("delivery_method_unknown", "/delivery_method")],
    ),
    "unknown pickup location": (
        order(delivery_groups=[{"key": "a", "method": "pickup", "pickup_location": "venlo"}]),
        [("pickup_location_unknown", "/delivery_groups/0/pickup_location")],
    ),
    "line of no group": (
        order("1", line(), **_TWO_GROUPS),
        [("delivery_group_missing", "/lines/0/delivery_group")],
    ),
    "line of an unknown group": (
        order("1", line(delivery_group="c"), **_TWO_GROUPS),
        [("delivery_group_unknown", "/lines/0/delivery_group")],
    ),
    "group without lines": (
        order("1", line(delivery_group="a"), **_TWO_GROUPS),
        [("delivery_group_empty", "/delivery_groups/1")],
    ),
    "group called twice": (
        order(delivery_groups=[{"key": "a", "ship_to": HOME}, {"key": "a", "ship_to": HOME}]),
        [("delivery_group_repeated", "/delivery_groups/1/key")],
    ),
    "placed in the future": (
        order(placed_at=(NOW + timedelta(days=2)).isoformat()),
        [("placed_in_the_future", "/placed_at")],
    ),
    "placed in no zone": (
        order(placed_at="2026-01-01T10:00:00"),
        [("placed_in_the_future", "/placed_at")],
    ),
    "placed long ago": (
        order(placed_at="1066-10-14T10:00:00Z"),
        [("placed_too_long_ago", "/placed_at")],
    ),
    "paid too much": (
        order(payments=[{"gateway": "manual", "amount_minor": 1001}]),
        [("payments_exceed_total", "/payments")],
    ),
    "one reference for two payments": (
        order(payments=[
            {"gateway": "manual", "amount_minor": 1, "authorization_ref": "R"},
            {"gateway": "manual", "amount_minor": 1, "authorization_ref": "R"},
        ]),
        [("payment_reference_used", "/payments/1/authorization_ref")],
    ),
    "more than there is": (
        order("1", line("BOWL", 200), line("BOWL", 21)),
        [("out_of_stock", "/lines/0/quantity"), ("out_of_stock", "/lines/1/quantity")],
    ),
    "unknown reservation": (
        order(reservation_id="00000000-0000-7000-8000-000000000000"),
        [("reservation_unknown", "/reservation_id")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", _CASES)
async def test_an_order_is_refused_with_reason_and_pointer(
    db: Database, shop: Business, case: str
) -> None:
    asked, expected = _CASES[case]
    before = await counts(db)
    assert await refused(db, asked) == expected
    assert await counts(db) == before


async def test_a_closed_channel_takes_no_orders(db: Database, shop: Business) -> None:
    async with db.transaction() as tx:
        await tx.execute("update channel set is_open = false where code = 'web'")
        await tx.execute(
            "update catalogue_version set version = version + 1, stamp = gen_random_uuid()"
        )
    assert await refused(db, order()) == [("channel_closed", "/channel")]


async def test_several_faults_are_told_at_once(db: Database, shop: Business) -> None:
    asked = order(
        "1", line("NOPE"), line("OLD"), line(unit_price="x"), currency="XXX", total_minor=5
    )
    codes = [code for code, _ in await refused(db, asked)]
    assert codes == ["currency_unknown"]
    asked = order("1", line("NOPE"), line("OLD"), line(unit_price="x"), total_minor=5)
    codes = [code for code, _ in await refused(db, asked)]
    assert codes == ["sku_unknown", "sku_inactive", "unit_price_invalid"]


async def test_a_reference_of_another_order_is_refused_by_its_row(
    db: Database, shop: Business
) -> None:
    paid = [{"gateway": "manual", "amount_minor": 10, "authorization_ref": "R-9"}]
    await place_one(db, order("1", payments=paid))
    before = await counts(db)
    assert await refused(db, order("2", payments=paid)) == [("payment_reference_used", "/payments")]
    assert await counts(db) == before


async def test_what_a_channel_wants_to_see_is_held_instead(db: Database, shop: Business) -> None:
    asked = order(
        "H-1",
        line("NOPE", 2),
        line("MUG"),
        channel="marketplace",
        currency="EUR",
        ship_to=HOME | {"postal_code": "nonsense"},
    )
    made = await place_one(db, asked)
    assert sorted(made.summary.holds) == ["address", "unknown_sku"]
    holds = await fetch(db, "select kind, group_no, placed_by, facts from order_hold order by kind")
    assert [(each["kind"], each["group_no"]) for each in holds] == [
        ("address", 1),
        ("unknown_sku", None),
    ]
    assert holds[0]["placed_by"] == "key:web"
    assert holds[1]["facts"] == {"skus": ["NOPE"]}
    assert await fetch(db, "select active_holds, group_holds from orders") == [
        {"active_holds": 2, "group_holds": 1}
    ]


_BAD_BODIES: list[tuple[Any, int, str]] = [
    (b"{", 400, ""),
    (b"", 400, ""),
    (b"[]", 422, ""),
    (b'{"channel": "\xff"}', 400, ""),
    (ask() | {"unknown": 1}, 422, ""),
    (ask(lines=[]), 422, "/lines"),
    (ask("1", line(quantity=0)), 422, "/lines/0/quantity"),
    (ask("1", line(quantity=-1)), 422, "/lines/0/quantity"),
    (ask("1", line(quantity=1.5)), 422, "/lines/0/quantity"),
    (ask("1", line(quantity=10**30)), 422, "/lines/0/quantity"),
    (ask("1", line(amount_minor=10**15)), 422, "/lines/0/amount_minor"),
    (ask(total_minor=-1), 422, "/total_minor"),
    (ask(total_minor="10"), 422, "/total_minor"),
    (ask(currency="gbp"), 422, "/currency"),
    (ask("x" * 201), 422, "/external_id"),
    (ask("a\x00b"), 422, "/external_id"),
    (ask(attributes={"deep": {"a": ["\x00"]}}), 422, "/attributes/deep/a/0"),
    (ask(placed_at="yesterday"), 422, "/placed_at"),
    (ask(ship_to=HOME | {"latitude": 91}), 422, "/ship_to/latitude"),
    (ask("1", *[line() for _ in range(5001)]), 422, "/lines"),
    (ask(channel="nowhere"), 422, "/channel"),
]


async def test_pain_45_bad_bodies_and_limits_get_a_problem_with_a_pointer(
    client: httpx.AsyncClient, db: Database, shop: Business
) -> None:
    before = await counts(db)
    for body, status, pointer in _BAD_BODIES:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"}
        answer = await client.post("/v1/orders", content=content, headers=headers)
        problem = answer.json()
        assert answer.status_code == status, (str(body)[:200], problem)
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["code"]
        if pointer:
            assert problem["errors"][0]["pointer"] == pointer, (str(body)[:200], problem)
    too_many = {"items": [ask(str(n)) for n in range(2001)]}
    answer = await client.post("/v1/orders/batch", json=too_many)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/items")
    assert await counts(db) == before
