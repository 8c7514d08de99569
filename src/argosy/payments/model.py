"""The nouns of payments."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class PaymentAsk(Struct, frozen=True):
    """How part of an order is paid.

    With `authorization_ref` the authorization stands already; with `token` the gateway is asked
    for it; with neither it was agreed on outside (an account, an invoice) and counts as authorized.
    """

    gateway: str
    method: str
    amount_minor: int
    authorization_ref: str | None = None
    token: str | None = None
    expires_at: datetime | None = None


class OrderMoney(Struct, frozen=True):
    """What an order costs and how it is paid; the payments sum to no more than the total."""

    order_id: UUID
    currency: str
    total_minor: int
    payments: list[PaymentAsk]
