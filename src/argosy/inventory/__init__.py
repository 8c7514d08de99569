"""Stock: what lies where, and to whom it is promised."""

from argosy.inventory.decide.promise import (
    Backordered,
    Demand,
    Promise,
    PromiseRules,
    Shortage,
    SkuStock,
    Taken,
    decide_promise,
)

__all__ = [
    "Backordered",
    "Demand",
    "Promise",
    "PromiseRules",
    "Shortage",
    "SkuStock",
    "Taken",
    "decide_promise",
]
