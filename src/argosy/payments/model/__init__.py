"""The nouns of payments."""

from argosy.payments.model.gateway import (
    Ask,
    Gateway,
    MovementKind,
    MovementState,
    Notice,
    Reply,
    gateway_names,
)
from argosy.payments.model.money import (
    CaptureWhen,
    Movement,
    OrderMoney,
    Payment,
    PaymentAsk,
    Refusal,
    Sums,
)

__all__ = [
    "Ask",
    "CaptureWhen",
    "Gateway",
    "Movement",
    "MovementKind",
    "MovementState",
    "Notice",
    "OrderMoney",
    "Payment",
    "PaymentAsk",
    "Refusal",
    "Reply",
    "Sums",
    "gateway_names",
]
