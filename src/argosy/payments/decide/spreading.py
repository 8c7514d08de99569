"""How an amount is split over the payments of an order; pure.

Gift cards and store credit are taken first and given back last; otherwise what was added first is
taken first and given back last.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from argosy.payments.model.money import MOST_ATTEMPTS, Payment, Sums

Part = tuple[int, int]
"""A payment's number and an amount in minor units, above zero."""


class Charge(Struct, frozen=True):
    """What is to be done so that an order is charged as far as it is to be.

    `renewals` are expired authorizations to be let go and asked for anew; `expired` those only to
    be let go. `missing_minor` can be captured from nothing that stands or is on its way.
    """

    captures: tuple[Part, ...] = ()
    voids: tuple[Part, ...] = ()
    expired: tuple[Part, ...] = ()
    renewals: tuple[Part, ...] = ()
    missing_minor: int = 0
    canceled_voids: tuple[Part, ...] = ()
    canceled_refunds: tuple[Part, ...] = ()


def in_order_of_taking(payments: Iterable[Payment]) -> list[Payment]:
    """Return payments in the order in which they are captured: stored value first."""
    return sorted(payments, key=lambda each: (not each.is_stored_value, each.payment_no))


def spread_capture(payments: Sequence[Payment], amount_minor: int) -> tuple[list[Part], int]:
    """Return how `amount_minor` is captured from what is available, and what is missing."""
    return _take(
        [(each.payment_no, each.available_minor) for each in in_order_of_taking(payments)],
        amount_minor,
    )


def spread_void(payments: Sequence[Payment], amount_minor: int) -> tuple[list[Part], int]:
    """Return how `amount_minor` of authorizations is let go, and what is missing."""
    backwards = reversed(in_order_of_taking(payments))
    return _take([(each.payment_no, each.available_minor) for each in backwards], amount_minor)


def spread_refund(payments: Sequence[Payment], amount_minor: int) -> tuple[list[Part], int]:
    """Return how `amount_minor` is given back over what was captured, and what is missing."""
    backwards = reversed(in_order_of_taking(payments))
    return _take([(each.payment_no, each.refundable_minor) for each in backwards], amount_minor)


def _take(available: Iterable[Part], amount_minor: int) -> tuple[list[Part], int]:
    parts = []
    for payment_no, free in available:
        part = min(free, amount_minor)
        if part > 0:
            parts.append((payment_no, part))
            amount_minor -= part
    return parts, amount_minor


def give_back(payments: Sequence[Payment], amount_minor: int) -> tuple[list[Part], list[Part], int]:
    """Return the voids and refunds that give `amount_minor` back, and what is missing.

    What was not taken yet is let go first; only the rest is a refund.
    """
    voids, left = spread_void(payments, amount_minor)
    refunds, missing = spread_refund(payments, left)
    return voids, refunds, missing


class GivenBack(Struct, frozen=True):
    """How money is given back that stands for more than an order costs by now.

    `waits_minor` is being captured at this moment; it is refunded once that is settled.
    """

    voids: tuple[Part, ...] = ()
    refunds: tuple[Part, ...] = ()
    waits_minor: int = 0

    @property
    def amount_minor(self) -> int:
        """Return all that is given back, by now or later, in minor units."""
        return sum(part for _, part in (*self.voids, *self.refunds)) + self.waits_minor


def decide_give_back(money: Sums, total_minor: int) -> GivenBack:
    """Give back what stands for more than `total_minor`: let go if possible, else refunded.

    What was never set aside is not given back, and what is given back already not again: both
    follow from the ledger. Authorizations that a gateway was only asked for are not counted.
    """
    loose = {each.payment_no: _untaken(each) for each in money.payments}
    standing = sum(loose.values()) + sum(
        each.captured_minor
        + each.pending_capture_minor
        - each.refunded_minor
        - each.pending_refund_minor
        for each in money.payments
    )
    excess = max(0, standing - total_minor)
    backwards = list(reversed(in_order_of_taking(money.payments)))
    voids, left = _take([(each.payment_no, loose[each.payment_no]) for each in backwards], excess)
    refunds, waits = spread_refund(money.payments, left)
    return GivenBack(tuple(voids), tuple(refunds), waits)


def _untaken(payment: Payment) -> int:
    """Return what was authorized and is neither captured nor let go, nor about to be."""
    return max(
        0,
        payment.authorized_minor
        - payment.captured_minor
        - payment.pending_capture_minor
        - payment.voided_minor
        - payment.pending_void_minor,
    )


def decide_charge(money: Sums, now: datetime) -> Charge:
    """Decide what is to be captured, renewed and let go for one order, as it stands under lock.

    What is to be captured and is neither captured nor on its way is taken from what is available.
    An expired authorization is asked for anew, unless the order is held (it is never charged
    beyond its authorization), closed, or the payment was authorized too often. When everything is
    taken, or the order is closed, what is left of the authorizations is let go. What stands for
    canceled units is given back before anything else.
    """
    back = decide_give_back(money, money.total_minor) if money.canceled_minor else GivenBack()
    let_go = dict(back.voids)
    canceled_voids: list[Part] = []
    needed = money.to_capture_minor - money.captured_minor - money.pending_capture_minor
    if money.closed or needed < 0:
        needed = 0
    captures: list[Part] = []
    expired: list[Part] = []
    renewals: list[Part] = []
    finished = money.closed or (
        money.to_capture_minor >= money.total_minor > 0
        and money.captured_minor >= money.total_minor
    )
    voids: list[Part] = []
    for payment in in_order_of_taking(money.payments):
        gone = let_go.get(payment.payment_no, 0)
        if gone:
            # The gateway is not asked about what has run out there.
            voided = expired if payment.is_expired(now) else canceled_voids
            voided.append((payment.payment_no, gone))
        free = payment.available_minor - gone
        if free <= 0:
            continue
        if finished:
            (expired if payment.is_expired(now) else voids).append((payment.payment_no, free))
        elif needed and payment.is_expired(now):
            if money.held:
                continue
            renewable = payment.attempt < MOST_ATTEMPTS and (
                payment.token is not None or payment.authorization_ref is not None
            )
            (renewals if renewable else expired).append((payment.payment_no, free))
            if renewable:
                needed -= min(needed, free)
        elif needed:
            part = min(free, needed)
            captures.append((payment.payment_no, part))
            needed -= part
    awaited = sum(each.pending_authorization_minor for each in money.payments)
    return Charge(
        tuple(captures),
        tuple(voids),
        tuple(expired),
        tuple(renewals),
        max(0, needed - awaited),
        tuple(canceled_voids),
        back.refunds,
    )
