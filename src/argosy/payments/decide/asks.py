"""What may be asked for by hand: add a payment, capture, void, refund; pure."""

from collections.abc import Sequence

from argosy.kernel.refusals import Refused
from argosy.payments.decide.spreading import Part, spread_capture, spread_refund, spread_void
from argosy.payments.model.money import Payment, Refusal, Sums

Parts = list[Part]


def decide_payment(money: Sums, amount_minor: int | None) -> int | Refused:
    """Return the amount of a new payment: what nothing stands for, or the part that is asked."""
    if money.closed:
        return Refused(Refusal.ORDER_CLOSED, "The order is closed; it can take no more payments.")
    uncovered = money.uncovered_minor
    if uncovered == 0 and money.pending_authorization_minor:
        return Refused(
            Refusal.PAYMENT_IN_PROGRESS,
            f"{money.pending_authorization_minor} is pending at the gateway. Wait for its answer, "
            "or ask for it with POST /v1/payments/reconcile.",
            facts={"pending_minor": money.pending_authorization_minor},
        )
    if uncovered == 0:
        return Refused(
            Refusal.NOTHING_TO_PAY,
            "The payments of the order cover its total already.",
        )
    wanted = uncovered if amount_minor is None else amount_minor
    if wanted > uncovered:
        pending = money.pending_authorization_minor
        return Refused(
            Refusal.PAYMENT_EXCEEDS_DUE,
            f"{wanted} is asked, but only {uncovered} is not paid for"
            + (f" ({pending} is pending at the gateway)." if pending else "."),
            "/amount_minor",
            {"uncovered_minor": uncovered, "pending_minor": pending},
        )
    return wanted


def _named(money: Sums, payment_no: int | None) -> Sequence[Payment] | Refused:
    if payment_no is None:
        return money.payments
    named = [each for each in money.payments if each.payment_no == payment_no]
    if not named:
        return Refused(
            Refusal.PAYMENT_NOT_FOUND,
            f"The order has no payment {payment_no}; it has {len(money.payments)}.",
            "/payment_no",
        )
    return named


def decide_capture(
    money: Sums, amount_minor: int | None, payment_no: int | None
) -> Parts | Refused:
    """Split a capture; without an amount everything that is available."""
    payments = _named(money, payment_no)
    if isinstance(payments, Refused):
        return payments
    if money.closed:
        return Refused(Refusal.ORDER_CLOSED, "The order is closed; nothing is captured any more.")
    free = sum(each.available_minor for each in payments)
    wanted = free if amount_minor is None else amount_minor
    parts, missing = spread_capture(payments, wanted)
    if missing or not parts:
        return Refused(
            Refusal.MORE_THAN_AUTHORIZED,
            f"{wanted} is asked, but {free} is authorized and neither captured nor pending.",
            "/amount_minor",
            {"available_minor": free, "pending_minor": money.pending_capture_minor},
        )
    return parts


def decide_void(money: Sums, amount_minor: int | None, payment_no: int | None) -> Parts | Refused:
    """Split a void; without an amount everything that was not taken."""
    payments = _named(money, payment_no)
    if isinstance(payments, Refused):
        return payments
    free = sum(each.available_minor for each in payments)
    wanted = free if amount_minor is None else amount_minor
    parts, missing = spread_void(payments, wanted)
    if missing or not parts:
        return Refused(
            Refusal.NOTHING_TO_VOID,
            f"{free} is authorized and not taken; what was taken can be refunded.",
            "/amount_minor",
            {"available_minor": free},
        )
    return parts


def decide_refund(money: Sums, amount_minor: int | None, payment_no: int | None) -> Parts | Refused:
    """Split a refund; without an amount everything that was taken."""
    payments = _named(money, payment_no)
    if isinstance(payments, Refused):
        return payments
    taken = sum(each.refundable_minor for each in payments)
    wanted = taken if amount_minor is None else amount_minor
    parts, missing = spread_refund(payments, wanted)
    if missing or not parts:
        pending = sum(each.pending_refund_minor for each in payments)
        return Refused(
            Refusal.MORE_THAN_CAPTURED,
            f"{wanted} is asked, but {taken} was captured and not given back"
            + (f" ({pending} is on its way back)." if pending else "."),
            "/amount_minor",
            {"refundable_minor": taken, "pending_minor": pending},
        )
    return parts
