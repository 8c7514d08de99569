"""What others may ask of customers: to match buyers with them, and to set what is known."""

from argosy.customers.commands import match_customers, upsert_customers
from argosy.customers.model import CustomerRow, Taken

__all__ = ["CustomerRow", "Taken", "match_customers", "upsert_customers"]
