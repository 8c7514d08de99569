"""What is asked for by hand or by other contexts: payments, captures, voids and refunds."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from argosy.kernel.database import Tx
from argosy.kernel.refusals import Refused
from argosy.payments.commands.charge import movement
from argosy.payments.decide.asks import (
    Parts,
    decide_capture,
    decide_payment,
    decide_refund,
    decide_void,
)
from argosy.payments.decide.spreading import give_back
from argosy.payments.model import MovementKind, Refusal, Sums, gateway_names
from argosy.payments.model.money import Movement, OpenMovement
from argosy.payments.store import ledger
from argosy.payments.store.ledger import NewPayment


class AmountAsked(Struct, frozen=True):
    """Money of one order to be moved: all of it without an amount, of one payment if named."""

    order_id: UUID
    amount_minor: int | None = None
    payment_no: int | None = None
    reason: str = "by_hand"
    cause_id: UUID | None = None


class PaymentAsked(Struct, frozen=True):
    """A payment to be added to an order; without an amount it is for what nothing stands for."""

    order_id: UUID
    gateway: str
    method: str = "card"
    amount_minor: int | None = None
    token: str | None = None


class MovementAsked(Struct, frozen=True):
    """A movement that was asked for; `movement_id` is None in a preview."""

    payment_no: int
    gateway: str
    method: str
    kind: MovementKind
    amount_minor: int
    movement_id: UUID | None = None


class Asked(Struct, frozen=True):
    """What was asked of the gateways of one order; in a preview, what would be."""

    order_id: UUID
    currency: str
    amount_minor: int
    movements: list[MovementAsked]


Outcome = Asked | Refused
Rule = Callable[[Sums, int | None, int | None], Parts | Refused]

_RULES: Mapping[MovementKind, Rule] = {
    MovementKind.CAPTURE: decide_capture,
    MovementKind.VOID: decide_void,
    MovementKind.REFUND: decide_refund,
}


async def move_money(
    tx: Tx,
    kind: MovementKind,
    asked: Sequence[AmountAsked],
    now: datetime,
    *,
    preview: bool = False,
) -> list[Outcome]:
    """Capture, void or refund money of many orders; one outcome each, in order.

    The movements are pending, and counted as such, until the gateways have answered.
    """
    order_ids = {each.order_id for each in asked}
    if not preview:
        await ledger.lock_money(tx, order_ids)
    every = await ledger.load_money(tx, order_ids)
    outcomes: list[Outcome] = []
    movements: list[Movement] = []
    seen: set[UUID] = set()
    for each in asked:
        money = every.get(each.order_id)
        if money is None:
            outcomes.append(no_order(each.order_id))
            continue
        if each.order_id in seen:
            outcomes.append(Refused(Refusal.NAMED_TWICE, "The order is named twice; sum it up."))
            continue
        seen.add(each.order_id)
        parts = _RULES[kind](money, each.amount_minor, each.payment_no)
        if isinstance(parts, Refused):
            outcomes.append(parts)
            continue
        new = [movement(money, kind, part, each.reason, each.cause_id) for part in parts]
        movements += new
        outcomes.append(_asked(money, new, preview=preview))
    if not preview and movements:
        if kind is MovementKind.CAPTURE:
            await ledger.set_to_capture(tx, _captured_then(every, movements), now)
        await ledger.ask_movements(tx, [(each, True) for each in movements], now)
    return outcomes


def _captured_then(
    every: Mapping[UUID, Sums], movements: Sequence[Movement]
) -> list[tuple[UUID, int | None]]:
    """Return how much will be captured of each order, so that it is tried again if it fails."""
    more: dict[UUID, int] = {}
    for each in movements:
        more[each.order_id] = more.get(each.order_id, 0) + each.amount_minor
    return [
        (
            order_id,
            every[order_id].captured_minor + every[order_id].pending_capture_minor + amount,
        )
        for order_id, amount in more.items()
    ]


def no_order(order_id: UUID) -> Refused:
    """Return the refusal for an order that does not exist."""
    return Refused(Refusal.ORDER_NOT_FOUND, f"There is no order {order_id}.")


def _asked(money: Sums, movements: Sequence[Movement], *, preview: bool) -> Asked:
    payments = {each.payment_no: each for each in money.payments}
    return Asked(
        money.order_id,
        money.currency,
        sum(each.amount_minor for each in movements),
        [
            MovementAsked(
                each.payment_no,
                payments[each.payment_no].gateway,
                payments[each.payment_no].method,
                each.kind,
                each.amount_minor,
                None if preview else each.movement_id,
            )
            for each in movements
        ],
    )


async def add_payments(
    tx: Tx, asked: Sequence[PaymentAsked], now: datetime, *, preview: bool = False
) -> list[Outcome]:
    """Add payments and ask for their authorizations; one outcome each, in order.

    Refused while a pending answer may cover the order: nobody is charged twice.
    """
    order_ids = {each.order_id for each in asked}
    if not preview:
        await ledger.lock_money(tx, order_ids)
    every = await ledger.load_money(tx, order_ids)
    outcomes: list[Outcome] = []
    payments: list[NewPayment] = []
    movements: list[Movement] = []
    names = gateway_names()
    seen: set[UUID] = set()
    for each in asked:
        money = every.get(each.order_id)
        if money is None:
            outcomes.append(no_order(each.order_id))
            continue
        if each.order_id in seen:
            outcomes.append(Refused(Refusal.NAMED_TWICE, "The order is named twice in one batch."))
            continue
        if each.gateway not in names:
            detail = f"There is no gateway {each.gateway!r}; there are {', '.join(sorted(names))}."
            outcomes.append(Refused(Refusal.GATEWAY_UNKNOWN, detail, "/gateway"))
            continue
        amount = decide_payment(money, each.amount_minor)
        if isinstance(amount, Refused):
            outcomes.append(amount)
            continue
        seen.add(each.order_id)
        number = max((p.payment_no for p in money.payments), default=0) + 1
        new = movement(money, MovementKind.AUTHORIZE, (number, amount), "added")
        payments.append(
            NewPayment(
                each.order_id,
                number,
                each.gateway,
                each.method,
                money.currency,
                amount,
                each.token,
            )
        )
        movements.append(new)
        made = MovementAsked(
            number,
            each.gateway,
            each.method,
            MovementKind.AUTHORIZE,
            amount,
            None if preview else new.movement_id,
        )
        outcomes.append(Asked(each.order_id, money.currency, amount, [made]))
    if not preview:
        await ledger.add_payments(tx, payments, now)
        await ledger.ask_movements(tx, [(each, True) for each in movements], now)
    return outcomes


async def give_money_back(
    tx: Tx, asked: Sequence[AmountAsked], now: datetime, *, preview: bool = False
) -> list[Outcome]:
    """Give an amount of each order back: what was not taken is let go, only the rest is refunded.

    For cancellations; one outcome each, in order. Refused when more is asked than there is.
    """
    order_ids = {each.order_id for each in asked}
    if not preview:
        await ledger.lock_money(tx, order_ids)
    every = await ledger.load_money(tx, order_ids)
    outcomes: list[Outcome] = []
    movements: list[Movement] = []
    seen: set[UUID] = set()
    for each in asked:
        money = every.get(each.order_id)
        if money is None:
            outcomes.append(no_order(each.order_id))
            continue
        if each.order_id in seen:
            outcomes.append(Refused(Refusal.NAMED_TWICE, "The order is named twice; sum it up."))
            continue
        seen.add(each.order_id)
        payments = [
            p for p in money.payments if each.payment_no is None or p.payment_no == each.payment_no
        ]
        whole = sum(p.available_minor + p.refundable_minor for p in payments)
        wanted = whole if each.amount_minor is None else each.amount_minor
        voids, refunds, missing = give_back(payments, wanted)
        if missing:
            outcomes.append(
                Refused(
                    Refusal.MORE_THAN_CAPTURED,
                    f"{wanted} is asked, but {whole} is authorized or was captured.",
                    "/amount_minor",
                    {"available_minor": whole},
                )
            )
            continue
        new = [
            movement(money, kind, part, each.reason, each.cause_id)
            for kind, parts in ((MovementKind.VOID, voids), (MovementKind.REFUND, refunds))
            for part in parts
        ]
        movements += new
        outcomes.append(_asked(money, new, preview=preview))
    if not preview:
        await ledger.ask_movements(tx, [(each, True) for each in movements], now)
    return outcomes


async def ask_anew(tx: Tx, refused: OpenMovement, now: datetime) -> int | Refused:
    """Ask again for a void or refund that was refused; return how many movements it takes."""
    asked = AmountAsked(refused.order_id, refused.amount_minor, refused.payment_no, "retry")
    [outcome] = await move_money(tx, MovementKind(refused.kind), [asked], now)
    return outcome if isinstance(outcome, Refused) else len(outcome.movements)
