"""Orders: what was bought, what was promised, and how far it has come."""

from argosy.orders.model import (
    Address,
    Buyer,
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
    "HoldKind",
    "OrderSummary",
    "PlaceCharge",
    "PlaceGroup",
    "PlaceHold",
    "PlaceLine",
    "PlaceOrder",
    "PlacePayment",
    "Refusal",
]
