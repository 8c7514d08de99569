"""Charging orders as far as they are to be charged, and writing down what gateways say.

Whoever changes money of orders locks their `order_money` rows first, in order. What is to be
captured is a sum (`to_capture_minor`); what is asked for is the difference to what was captured or
is pending. So it does not matter how often, or by how many, an order is charged.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from argosy.exceptions import door as exceptions
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.payments.decide.spreading import Charge, Part, decide_charge
from argosy.payments.model.gateway import EXPIRED, MovementKind, MovementState
from argosy.payments.model.money import Movement, Payment, Settled, Sums
from argosy.payments.store import ledger
from argosy.payments.store.ledger import NewPayment, Told

BY = "system:payments"
_SET_ASIDE = frozenset({MovementKind.AUTHORIZE.value, MovementKind.CAPTURE.value})


async def charge_orders(
    tx: Tx, order_ids: Iterable[UUID], now: datetime, *, tell_missing: bool = True
) -> dict[UUID, Charge]:
    """Ask for what is to be captured, renewed and let go; return what was decided by order.

    Locks the orders' money. With `tell_missing` a job is queued for each order of which something
    is to be captured that no authorization stands for; it is given up, and so told to a person.
    """
    locked = await ledger.lock_money(tx, order_ids)
    if not locked:
        return {}
    every = await ledger.load_money(tx, locked)
    charges = {order_id: decide_charge(every[order_id], now) for order_id in sorted(every)}
    await apply_charges(
        tx, [(every[order_id], charge) for order_id, charge in charges.items()], now
    )
    if tell_missing:
        await ledger.queue_charges(
            tx,
            [
                (
                    new_id(),
                    order_id,
                    f"{order_id}:{every[order_id].to_capture_minor}",
                    {"order_id": order_id, "missing_minor": charge.missing_minor},
                )
                for order_id, charge in charges.items()
                if charge.missing_minor
            ],
            now,
        )
    return charges


async def apply_charges(tx: Tx, decided: Sequence[tuple[Sums, Charge]], now: datetime) -> None:
    """Write decided captures, voids and renewals as movements, all in up to four statements."""
    movements: list[tuple[Movement, bool]] = []
    over: list[Settled] = []
    payments: list[NewPayment] = []
    for money, charge in decided:
        for kind, parts in (
            (MovementKind.CAPTURE, charge.captures),
            (MovementKind.VOID, charge.voids),
        ):
            movements += [(movement(money, kind, part, "charge"), True) for part in parts]
        for kind, parts in (
            (MovementKind.VOID, charge.canceled_voids),
            (MovementKind.REFUND, charge.canceled_refunds),
        ):
            movements += [(movement(money, kind, part, "cancel"), True) for part in parts]
        for part in (*charge.expired, *charge.renewals):
            void = movement(money, MovementKind.VOID, part, "expiry")
            movements.append((void, False))
            over.append(
                Settled(
                    order_id=money.order_id,
                    movement_id=void.movement_id,
                    state=MovementState.SUCCEEDED,
                    message="The authorization had expired.",
                )
            )
        for number, part in enumerate(charge.renewals, start=_next_no(money)):
            payments.append(_renewal(money, number, part))
            asked = movement(money, MovementKind.AUTHORIZE, (number, part[1]), "renewal")
            movements.append((asked, True))
    await ledger.add_payments(tx, payments, now)
    await ledger.ask_movements(tx, movements, now)
    await ledger.settle_movements(tx, over, now)


def _next_no(money: Sums) -> int:
    return max((each.payment_no for each in money.payments), default=0) + 1


def _renewal(money: Sums, number: int, part: Part) -> NewPayment:
    old = payment_of(money, part[0])
    return NewPayment(
        money.order_id,
        number,
        old.gateway,
        old.method,
        old.currency,
        part[1],
        old.token,
        old.payment_no,
        old.attempt + 1,
    )


def payment_of(money: Sums, payment_no: int) -> Payment:
    """Return the payment called `payment_no` of an order that has it."""
    return next(each for each in money.payments if each.payment_no == payment_no)


def movement(
    money: Sums, kind: MovementKind, part: Part, cause_kind: str, cause_id: UUID | None = None
) -> Movement:
    """Return a new movement of one payment of an order."""
    return Movement(
        order_id=money.order_id,
        movement_id=new_id(),
        payment_no=part[0],
        kind=kind,
        amount_minor=part[1],
        cause_kind=cause_kind,
        cause_id=cause_id,
    )


async def settle_answers(tx: Tx, settled: Sequence[Settled], now: datetime) -> list[Told]:
    """Write down what is known of movements, and do what follows from it.

    Orders whose authorization arrived, whose capture came to less or met an expired authorization,
    are charged anew; what is left of a whole charge is let go. Returns what was news.
    """
    latest = {each.movement_id: each for each in settled}
    await ledger.lock_money(tx, (each.order_id for each in latest.values()))
    told = await ledger.settle_movements(tx, list(latest.values()), now)
    await _resolve(tx, {each.order_id for each in told if _is_charged(each)}, now)
    await charge_orders(tx, sorted({each.order_id for each in told if _calls_for_more(each)}), now)
    return told


async def _resolve(tx: Tx, order_ids: Iterable[UUID], now: datetime) -> None:
    """Resolve what a person was told of captures that are made by now."""
    ended = sorted(set(order_ids))
    dead = await ledger.find_dead_charges(tx, ended) if ended else []
    if dead:
        why = "Everything that was to be captured is captured by now."
        await exceptions.resolve_about(tx, "job", dead, why, by=BY, now=now)


def _is_charged(told: Told) -> bool:
    """Return whether a capture brought an order to where it is to be."""
    if told.state != MovementState.SUCCEEDED or told.kind != MovementKind.CAPTURE:
        return False
    assert told.captured_minor is not None
    assert told.to_capture_minor is not None
    return told.captured_minor >= told.to_capture_minor


def _calls_for_more(told: Told) -> bool:
    """Return whether something follows from what was told of a movement."""
    if told.state not in (MovementState.SUCCEEDED, MovementState.FAILED):
        return False
    assert told.total_minor is not None
    assert told.to_capture_minor is not None
    assert told.captured_minor is not None
    assert told.pending_capture_minor is not None
    assert told.authorized_minor is not None
    assert told.voided_minor is not None
    assert told.pending_void_minor is not None
    wanting = told.to_capture_minor > told.captured_minor + told.pending_capture_minor
    # Units were canceled while the gateway was asked: what came of it is given back. A void or
    # refund that is refused for good is not asked again here, but by a person.
    standing = told.authorized_minor - told.voided_minor - told.pending_void_minor
    if told.kind in _SET_ASIDE and standing > told.total_minor:
        return True
    if told.state == MovementState.SUCCEEDED and told.kind == MovementKind.AUTHORIZE:
        return wanting
    if told.kind != MovementKind.CAPTURE:
        return False
    left = told.authorized_minor - told.captured_minor - told.voided_minor
    over = left - told.pending_void_minor - told.pending_capture_minor > 0
    if told.state == MovementState.SUCCEEDED:
        short = told.amount_minor < told.asked_minor
        return (wanting and short) or (over and told.captured_minor >= told.total_minor)
    return wanting and told.code == EXPIRED
