"""The statement that records how placed orders are paid."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.sql import Statements
from argosy.payments.model import OrderMoney, PaymentAsk

sql = Statements("argosy.payments")


def _reference(order: OrderMoney, number: int, ask: PaymentAsk) -> str | None:
    """Return the gateway's reference; what was agreed outside gets one of its own."""
    if ask.authorization_ref is not None or ask.token is not None:
        return ask.authorization_ref
    return f"{order.order_id}:{number}"


async def record_payments(tx: Tx, orders: Sequence[OrderMoney], now: datetime) -> dict[UUID, str]:
    """Insert money and payments of placed orders; return each order's payment status."""
    rows = [
        (order, number, ask, _reference(order, number, ask))
        for order in orders
        for number, ask in enumerate(order.payments, start=1)
    ]
    standing = dict.fromkeys((order.order_id for order in orders), 0)
    pending = dict(standing)
    for order, _, ask, reference in rows:
        sums = pending if reference is None else standing
        sums[order.order_id] += ask.amount_minor
    answer = await tx.fetch(
        sql("record_payments"),
        [order.order_id for order, _, _, _ in rows],
        [number for _, number, _, _ in rows],
        [ask.gateway for _, _, ask, _ in rows],
        [ask.method for _, _, ask, _ in rows],
        [order.currency for order, _, _, _ in rows],
        [ask.amount_minor for _, _, ask, _ in rows],
        [ask.token for _, _, ask, _ in rows],
        [reference for _, _, _, reference in rows],
        [ask.expires_at for _, _, ask, _ in rows],
        [new_id() for _ in rows],
        [order.order_id for order in orders],
        [order.currency for order in orders],
        [order.total_minor for order in orders],
        list(standing.values()),
        list(pending.values()),
        [now] * len(orders),
        now,
        [order.channel_id for order in orders],
        [order.capture_when for order in orders],
    )
    return {row["order_id"]: row["payment_status"] for row in answer}
