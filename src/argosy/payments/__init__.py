"""Payments: what was promised, taken and given back, in a ledger that balances."""

from argosy.payments.model import OrderMoney, PaymentAsk

__all__ = ["OrderMoney", "PaymentAsk"]
