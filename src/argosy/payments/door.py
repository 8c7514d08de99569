"""What others may ask of payments."""

from collections.abc import Sequence
from datetime import datetime

from argosy.kernel.database import Tx
from argosy.payments.commands.asks import (
    AmountAsked,
    Asked,
    MovementAsked,
    PaymentAsked,
    add_payments,
    give_money_back,
    move_money,
)
from argosy.payments.commands.gateways import OneByOne, SingleCalls
from argosy.payments.commands.plan import GiveBackPlan, PlannedMovement, plan_give_back
from argosy.payments.model import OrderMoney
from argosy.payments.store.placement import record_payments

__all__ = [
    "AmountAsked",
    "Asked",
    "GiveBackPlan",
    "MovementAsked",
    "OneByOne",
    "PaymentAsked",
    "PlannedMovement",
    "SingleCalls",
    "add_payments",
    "give_money_back",
    "move_money",
    "plan_give_back",
    "record_at_placement",
]


async def record_at_placement(tx: Tx, orders: Sequence[OrderMoney], now: datetime) -> list[str]:
    """Record how placed orders are paid, in one statement; return the payment status of each.

    Raises UniqueViolationError (gateway_reference_pkey) when a gateway's reference belongs to a
    payment already.
    """
    statuses = await record_payments(tx, orders, now)
    return [statuses[order.order_id] for order in orders]
