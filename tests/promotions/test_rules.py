"""Which price counts, what codes take off, and how uses are counted."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings, strategies as st

from argosy.kernel.refusals import Refused
from argosy.promotions import Basket, CustomerKey, Terms, decide_discounts, price_of, spend
from argosy.promotions.decide import give_back, price_fault
from argosy.promotions.model import Discount, PriceList, PromotionCode, Refusal

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
DAY = timedelta(days=1)
SKU, WEB, TILL = uuid4(), uuid4(), uuid4()
BUYER = CustomerKey("email", "a@example.com")


def basket(**more: Any) -> Basket:
    fields: dict[str, Any] = {"channel_id": WEB, "currency": "GBP", "at": NOW}
    return Basket(**fields | {"goods_minor": 10_000, "customer": BUYER} | more)


def price_list(code: str, **more: Any) -> PriceList:
    fields: dict[str, Any] = {"price_list_id": uuid4(), "code": code, "name": code}
    return PriceList(**fields | {"currency": "GBP"} | more)


def promotion(code: str = "TEN", **more: Any) -> PromotionCode:
    fields: dict[str, Any] = {"promotion_code_id": uuid4(), "code": code, "title": code}
    if "amount_minor" not in more:
        fields["percent"] = Decimal(10)
    return PromotionCode(**fields | more)


def terms(*codes: PromotionCode, **more: Any) -> Terms:
    return Terms(codes={each.code: each for each in codes}, **more)


@pytest.mark.parametrize(
    ("lists", "units", "expected"),
    [
        ([(price_list("a"), 1, 5)], 1, 5),
        ([(price_list("a"), 1, 5), (price_list("b", priority=1), 1, 7)], 1, 7),
        ([(price_list("a", channel_id=WEB), 1, 4), (price_list("b"), 1, 5)], 1, 4),
        ([(price_list("a", channel_id=TILL), 1, 4), (price_list("b"), 1, 5)], 1, 5),
        ([(price_list("a", customer_group="trade"), 1, 3), (price_list("b"), 1, 5)], 1, 5),
        ([(price_list("a", currency="EUR"), 1, 3)], 1, None),
        ([(price_list("a", active=False), 1, 3)], 1, None),
        ([(price_list("a", valid_from=NOW + DAY), 1, 3)], 1, None),
        ([(price_list("a", valid_until=NOW), 1, 3)], 1, None),
        ([(price_list("a", valid_from=NOW, valid_until=NOW + DAY), 1, 3)], 1, 3),
        ([(price_list("a"), 10, 3)], 9, None),
    ],
)
def test_which_price_counts(
    lists: list[tuple[PriceList, int, int]], units: int, expected: int | None
) -> None:
    known = terms(prices={SKU: [(each, n, Decimal(price)) for each, n, price in lists]})
    found = price_of(known, basket(), SKU, units)
    assert (None if found is None else int(found[1])) == expected


def test_the_price_from_the_most_units_on_counts() -> None:
    tiers = price_list("a")
    known = terms(prices={SKU: [(tiers, n, Decimal(20 - n)) for n in (1, 5, 10)]})
    prices = [price_of(known, basket(), SKU, units) for units in (1, 4, 5, 9, 10, 99)]
    assert [int(found[1]) for found in prices if found] == [19, 19, 15, 15, 10, 10]


def test_a_customer_group_is_known_by_the_customer_or_named() -> None:
    trade = price_list("a", customer_group="trade")
    known = terms(prices={SKU: [(trade, 1, Decimal(3))]}, customer_groups={BUYER.name: "trade"})
    assert price_of(known, basket(), SKU, 1) is not None
    assert price_of(known, basket(customer=None), SKU, 1) is None
    assert price_of(known, basket(customer=None, customer_group="trade"), SKU, 1) is not None


@pytest.mark.parametrize(
    ("listed", "asked", "tolerance", "wrong"),
    [
        ("10", "10", "0", False),
        ("10", "10.000001", "0", True),
        ("10", "10.1", "1", False),
        ("10", "9.9", "1", False),
        ("10", "9.899999", "1", True),
        ("0", "0", "0", False),
        ("0", "0.01", "50", True),
    ],
)
def test_prices_within_a_tolerance(listed: str, asked: str, tolerance: str, wrong: bool) -> None:
    assert price_fault(Decimal(listed), Decimal(asked), Decimal(tolerance)) is wrong


@pytest.mark.parametrize(
    ("code", "where", "why"),
    [
        (promotion(active=False), {}, Refusal.PROMOTION_NOT_VALID_NOW),
        (promotion(valid_from=NOW + DAY), {}, Refusal.PROMOTION_NOT_VALID_NOW),
        (promotion(valid_until=NOW), {}, Refusal.PROMOTION_NOT_VALID_NOW),
        (promotion(channel_ids=(TILL,)), {}, Refusal.PROMOTION_NOT_FOR_CHANNEL),
        (promotion(amount_minor=5, currency="EUR"), {}, Refusal.PROMOTION_NOT_FOR_CURRENCY),
        (promotion(minimum_minor=10_001, currency="GBP"), {}, Refusal.PROMOTION_BELOW_MINIMUM),
        (promotion(most_uses=3, used=3), {}, Refusal.PROMOTION_USED_UP),
        (
            promotion(most_uses_per_customer=1),
            {"customer": None},
            Refusal.PROMOTION_NEEDS_CUSTOMER,
        ),
    ],
)
def test_codes_that_are_not_good(code: PromotionCode, where: dict[str, Any], why: Refusal) -> None:
    decided = decide_discounts(terms(code), basket(**where), ["ten"])
    assert isinstance(decided[0], Refused)
    assert decided[0].code == why


def test_codes_count_one_after_another_and_each_once() -> None:
    known = terms(promotion("TEN"), promotion("FIVE", amount_minor=500, currency="GBP"))
    decided = decide_discounts(known, basket(), ["TEN", " five "])
    assert [each.discount_minor for each in decided if isinstance(each, Discount)] == [1000, 500]
    twice = decide_discounts(known, basket(), ["TEN", "ten", "NONE"])
    assert [each.code for each in twice if isinstance(each, Refused)] == [
        Refusal.PROMOTION_CODE_REPEATED,
        Refusal.PROMOTION_CODE_REPEATED,
        Refusal.PROMOTION_CODE_UNKNOWN,
    ]


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 10**12),
    st.lists(
        st.one_of(
            st.decimals("0.0001", "100", places=4).map(lambda each: {"percent": each}),
            st.integers(1, 10**13).map(lambda each: {"amount_minor": each, "currency": "GBP"}),
        ),
        max_size=5,
    ),
)
def test_codes_never_take_off_more_than_the_goods_are_worth(
    goods: int, kinds: list[dict[str, Any]]
) -> None:
    codes = [promotion(f"C{n}", **kind) for n, kind in enumerate(kinds)]
    decided = decide_discounts(terms(*codes), basket(goods_minor=goods), [c.code for c in codes])
    off = [each.discount_minor for each in decided if isinstance(each, Discount)]
    assert len(off) == len(codes)
    assert all(each >= 0 for each in off)
    assert sum(off) <= goods


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 5),
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=20),
)
def test_a_working_copy_never_spends_more_than_there_is(
    most: int, own: int, orders: list[tuple[int, bool]]
) -> None:
    code = promotion(most_uses=most, most_uses_per_customer=own)
    known = terms(code)
    spent: dict[int, int] = {}
    for customer, kept in orders:
        use = [Discount(code.promotion_code_id, code.code, 1, f"email {customer}")]
        if spend(known, use) is None:
            if kept:
                spent[customer] = spent.get(customer, 0) + 1
            else:
                give_back(known, use)
    assert sum(spent.values()) <= most
    assert all(uses <= own for uses in spent.values())
    assert known.uses.get(code.promotion_code_id, 0) == sum(spent.values())


def test_unknown_skus_have_no_price() -> None:
    assert price_of(terms(), basket(), UUID(int=1), 1) is None
