"""Whether a payment has room for money that a gateway moved without us; pure."""

from collections.abc import Sequence

from argosy.payments.model.gateway import MovementKind
from argosy.payments.model.money import Movement, Sums


def observe(money: Sums, payment_no: int, kind: MovementKind, others: Sequence[Movement]) -> int:
    """Return how much may still be moved of a payment, after `others` of the same batch."""
    for payment in money.payments:
        if payment.payment_no == payment_no:
            room = (
                payment.refundable_minor if kind is MovementKind.REFUND else payment.available_minor
            )
            taken = sum(
                each.amount_minor
                for each in others
                if each.order_id == money.order_id
                and each.payment_no == payment_no
                and (each.kind is MovementKind.REFUND) == (kind is MovementKind.REFUND)
            )
            return 0 if kind is MovementKind.AUTHORIZE else room - taken
    return 0
