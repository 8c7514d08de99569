"""Promotions: what things cost, to whom and when, and what a code takes off."""

from argosy.promotions.decide import (
    decide_discounts,
    fold,
    give_back,
    price_fault,
    price_of,
    spend,
)
from argosy.promotions.model import (
    Basket,
    CustomerKey,
    Discount,
    PriceKey,
    PriceListRow,
    PriceRow,
    PromotionCodeRow,
    Redemption,
    Refusal,
    Taken,
    Terms,
)

__all__ = [
    "Basket",
    "CustomerKey",
    "Discount",
    "PriceKey",
    "PriceListRow",
    "PriceRow",
    "PromotionCodeRow",
    "Redemption",
    "Refusal",
    "Taken",
    "Terms",
    "decide_discounts",
    "fold",
    "give_back",
    "price_fault",
    "price_of",
    "spend",
]
