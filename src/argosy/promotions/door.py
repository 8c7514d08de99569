"""What others may ask of promotions: to load terms, count uses, and change prices and codes."""

from argosy.promotions.commands import (
    remove_prices,
    upsert_price_lists,
    upsert_prices,
    upsert_promotion_codes,
)
from argosy.promotions.reads import quote
from argosy.promotions.store import load_terms, redeem_codes

__all__ = [
    "load_terms",
    "quote",
    "redeem_codes",
    "remove_prices",
    "upsert_price_lists",
    "upsert_prices",
    "upsert_promotion_codes",
]
