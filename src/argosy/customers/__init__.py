"""Customers: who buys, matched on verified identifiers only."""

from argosy.customers.model import BuyerKey, Refusal

__all__ = ["BuyerKey", "Refusal"]
