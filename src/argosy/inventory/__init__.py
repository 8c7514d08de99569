"""Stock: what lies where, and to whom it is promised."""

from argosy.inventory.decide.promise import decide_promise
from argosy.inventory.decide.sources import (
    channel_rules,
    is_preorder,
    parts_of,
    source_locations,
)
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

__all__ = [
    "Backordered",
    "Demand",
    "Promise",
    "PromiseRules",
    "Refusal",
    "Shortage",
    "SkuStock",
    "Taken",
    "channel_rules",
    "decide_promise",
    "is_preorder",
    "parts_of",
    "source_locations",
]
