"""Orders: what was bought, what was promised, and how far it has come."""

from argosy.orders.model import HoldKind, OrderSummary, PlaceOrder, Refusal

__all__ = ["HoldKind", "OrderSummary", "PlaceOrder", "Refusal"]
