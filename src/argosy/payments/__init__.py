"""Payments: what was promised, taken and given back, in a ledger that balances.

Gateways from outside implement `Gateway`; its calls and answers are here too.
"""

from argosy.payments.model import (
    Ask,
    Gateway,
    MovementKind,
    MovementState,
    Notice,
    OrderMoney,
    PaymentAsk,
    Reply,
    gateway_names,
)

__all__ = [
    "Ask",
    "Gateway",
    "MovementKind",
    "MovementState",
    "Notice",
    "OrderMoney",
    "PaymentAsk",
    "Reply",
    "gateway_names",
]
