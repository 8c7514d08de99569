"""Stock: what lies where, and to whom it is promised."""

from argosy.inventory.decide.promise import decide_promise
from argosy.inventory.decide.sources import (
    channel_rules,
    is_preorder,
    parts_of,
    source_locations,
)
from argosy.inventory.decide.surplus import order_units
from argosy.inventory.model import Refusal
from argosy.inventory.model.promise import (
    Backordered,
    Demand,
    Promise,
    PromiseRules,
    Shortage,
    SkuStock,
    Taken,
)
from argosy.inventory.model.surplus import Need, Surplus

__all__ = [
    "Backordered",
    "Demand",
    "Need",
    "Promise",
    "PromiseRules",
    "Refusal",
    "Shortage",
    "SkuStock",
    "Surplus",
    "Taken",
    "channel_rules",
    "decide_promise",
    "is_preorder",
    "order_units",
    "parts_of",
    "source_locations",
]
