"""Orders: what was bought, what was promised, and how far it has come."""

from argosy.orders.decide.cancel import decide_cancel, say_cancel
from argosy.orders.model import (
    Address,
    Buyer,
    Cancel,
    CancelAsked,
    CancelFacts,
    HoldKind,
    OrderSummary,
    PlaceCharge,
    PlaceGroup,
    PlaceHold,
    PlaceLine,
    PlaceOrder,
    PlacePayment,
    Refusal,
)

__all__ = [
    "Address",
    "Buyer",
    "Cancel",
    "CancelAsked",
    "CancelFacts",
    "HoldKind",
    "OrderSummary",
    "PlaceCharge",
    "PlaceGroup",
    "PlaceHold",
    "PlaceLine",
    "PlaceOrder",
    "PlacePayment",
    "Refusal",
    "decide_cancel",
    "say_cancel",
]
