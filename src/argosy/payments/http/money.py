"""How the money of orders is seen and moved: payments, captures, voids and refunds.

Captures, voids and refunds have the same three forms (for one order, for many, as a preview); they
are made from one table, so that none is forgotten.
"""

from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from argosy.identity import Access
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    Answer,
    Batch,
    BatchOutcome,
    Limit,
    Moment,
    Outcomes,
    Page,
    Route,
    decode_cursor,
    get,
    not_found,
    note_of,
    page_of,
    post,
    refuse,
)
from argosy.kernel.refusals import Refused
from argosy.payments import reads
from argosy.payments.commands.asks import (
    AmountAsked,
    Asked,
    Outcome,
    PaymentAsked,
    add_payments,
    move_money,
)
from argosy.payments.model import MovementKind, Refusal
from argosy.payments.reads import OrderLedger, UnsettledMovement

_Amount = Annotated[int, Meta(ge=1, lt=10**15, description="In minor units of the currency.")]
_Code = Annotated[str, Meta(min_length=1, max_length=100)]
_Token = Annotated[str, Meta(min_length=1, max_length=200)]
_Number = Annotated[int, Meta(ge=1, le=10_000)]
_STATUS = {
    Refusal.ORDER_NOT_FOUND: 404,
    Refusal.PAYMENT_NOT_FOUND: 404,
    Refusal.GATEWAY_UNKNOWN: 422,
    Refusal.NAMED_TWICE: 422,
}


class AmountBody(Struct, forbid_unknown_fields=True):
    """What is to be moved: everything possible without an amount; of one payment if it is named.

    Without a payment's number it is split over the payments: gift cards and store credit are taken
    first and given back last.
    """

    amount_minor: _Amount | None = None
    payment_no: _Number | None = None
    reason: _Code = "by_hand"

    __examples__ = ({"amount_minor": 1530, "reason": "goodwill"},)


class AmountItem(AmountBody, kw_only=True, forbid_unknown_fields=True):
    """Money of one of many orders."""

    order_id: UUID


class PaymentBody(Struct, forbid_unknown_fields=True):
    """A payment to be added; without an amount it is for whatever nothing stands for yet."""

    gateway: _Code
    method: _Code = "card"
    amount_minor: _Amount | None = None
    token: _Token | None = None

    __examples__ = ({"gateway": "sandbox", "method": "card", "token": "tok_ok"},)


class PaymentItem(PaymentBody, kw_only=True, forbid_unknown_fields=True):
    """A payment to be added to one of many orders."""

    order_id: UUID


class MoneyOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one order of a batch."""

    order_id: UUID
    done: Asked | None = None


def _answer(outcome: Outcome) -> Asked:
    if isinstance(outcome, Refused):
        refuse(outcome, status=_STATUS.get(Refusal(outcome.code), 409))
    return outcome


def _outcomes(order_ids: list[UUID], outcomes: list[Outcome]) -> Outcomes[MoneyOutcome]:
    return Outcomes(
        [
            MoneyOutcome(index=index, status="refused", order_id=order_id, problem=note_of(outcome))
            if isinstance(outcome, Refused)
            else MoneyOutcome(index=index, status="done", order_id=order_id, done=outcome)
            for index, (order_id, outcome) in enumerate(zip(order_ids, outcomes, strict=True))
        ]
    )


@get(
    "/v1/orders/{order_id}/payments",
    permission="payments:read",
    summary="See the money of an order",
    refuses=[Refusal.ORDER_NOT_FOUND],
)
async def get_order_payments(db: Database, access: Access, order_id: UUID) -> Answer[OrderLedger]:
    """Show payments, every movement, the postings, what is pending and what is due."""
    async with db.reading() as tx:
        found = await reads.get_order_ledger(tx, order_id)
    if found is None or not access.sees_channel(found[1]):
        not_found("order")
    return Answer(found[0], version=found[0].version)


@post(
    "/v1/orders/{order_id}/payments",
    permission="payments:write",
    summary="Add a payment",
    status_code=201,
    refuses=[
        Refusal.ORDER_NOT_FOUND,
        Refusal.GATEWAY_UNKNOWN,
        Refusal.ORDER_CLOSED,
        Refusal.NOTHING_TO_PAY,
        Refusal.PAYMENT_IN_PROGRESS,
        Refusal.PAYMENT_EXCEEDS_DUE,
    ],
)
async def add_order_payment(db: Database, clock: Clock, order_id: UUID, data: PaymentBody) -> Asked:
    """Ask a gateway to authorize a payment; refused while a pending one may cover the order."""
    asked = _payment(order_id, data)
    outcomes = await db.run(lambda tx: add_payments(tx, [asked], clock.now()))
    return _answer(outcomes[0])


@post(
    "/v1/orders/{order_id}/payments/preview",
    permission="payments:read",
    summary="Preview adding a payment",
    keyed=False,
    refuses=[Refusal.ORDER_NOT_FOUND, Refusal.NOTHING_TO_PAY, Refusal.PAYMENT_IN_PROGRESS],
)
async def preview_order_payment(
    db: Database, clock: Clock, order_id: UUID, data: PaymentBody
) -> Asked:
    """Say what would be asked of the gateway; nothing is changed."""
    async with db.reading() as tx:
        outcomes = await add_payments(tx, [_payment(order_id, data)], clock.now(), preview=True)
    return _answer(outcomes[0])


@post(
    "/v1/orders/payments/batch",
    permission="payments:write",
    summary="Add payments in a batch",
)
async def add_order_payments(
    db: Database, clock: Clock, data: Batch[PaymentItem]
) -> Outcomes[MoneyOutcome]:
    """Add a payment to many orders, one outcome each."""
    asked = [_payment(each.order_id, each) for each in data.items]
    outcomes = await db.run(lambda tx: add_payments(tx, asked, clock.now()))
    return _outcomes([each.order_id for each in asked], outcomes)


def _payment(order_id: UUID, body: PaymentBody) -> PaymentAsked:
    return PaymentAsked(order_id, body.gateway, body.method, body.amount_minor, body.token)


def _amount(order_id: UUID, body: AmountBody) -> AmountAsked:
    return AmountAsked(order_id, body.amount_minor, body.payment_no, body.reason)


def _forms(kind: MovementKind, plural: str, why_not: Refusal) -> list[Route]:
    """Return the three forms of moving money of one kind."""

    async def one(db: Database, clock: Clock, order_id: UUID, data: AmountBody) -> Asked:
        asked = _amount(order_id, data)
        outcomes = await db.run(lambda tx: move_money(tx, kind, [asked], clock.now()))
        return _answer(outcomes[0])

    async def look(db: Database, clock: Clock, order_id: UUID, data: AmountBody) -> Asked:
        async with db.reading() as tx:
            asked = [_amount(order_id, data)]
            outcomes = await move_money(tx, kind, asked, clock.now(), preview=True)
        return _answer(outcomes[0])

    async def many(db: Database, clock: Clock, data: Batch[AmountItem]) -> Outcomes[MoneyOutcome]:
        asked = [_amount(each.order_id, each) for each in data.items]
        outcomes = await db.run(lambda tx: move_money(tx, kind, asked, clock.now()))
        return _outcomes([each.order_id for each in asked], outcomes)

    refuses: list[Any] = [Refusal.ORDER_NOT_FOUND, Refusal.PAYMENT_NOT_FOUND, why_not]
    if kind is MovementKind.CAPTURE:
        refuses.append(Refusal.ORDER_CLOSED)
    one.__name__ = f"{kind}_order_money"
    look.__name__ = f"preview_{kind}"
    many.__name__ = f"{kind}_order_money_batch"
    one.__doc__ = f"Ask the gateways to {kind} money of an order; pending until they answer."
    look.__doc__ = f"Say how a {kind} would be split over the payments; nothing is changed."
    many.__doc__ = f"Ask the gateways to {kind} money of many orders, one outcome each."
    path = f"/v1/orders/{{order_id}}/{plural}"
    title = kind.value.capitalize()
    return [
        post(
            path,
            permission="payments:write",
            summary=f"{title} money of an order",
            status_code=201,
            refuses=refuses,
        )(one),
        post(
            f"{path}/preview",
            permission="payments:read",
            summary=f"Preview: {kind} money of an order",
            keyed=False,
            refuses=refuses,
        )(look),
        post(
            f"/v1/orders/{plural}/batch",
            permission="payments:write",
            summary=f"{title} money of orders in a batch",
        )(many),
    ]


@get(
    "/v1/money-movements/unsettled",
    permission="payments:read",
    summary="List movements that are not settled",
)
async def list_unsettled_movements(
    db: Database,
    after: After = None,
    limit: Limit = 100,
    gateway: _Code | None = None,
    state: Annotated[str, Meta(pattern="^(pending|unknown)$")] | None = None,
) -> Page[UnsettledMovement]:
    """List what gateways have not answered, or not so that anybody knows; the oldest first."""
    start = None if after is None else decode_cursor(after, tuple[Moment, UUID])
    async with db.reading() as tx:
        rows = await reads.list_unsettled(
            tx, after=start, limit=limit + 1, gateway=gateway, state=state
        )
    return page_of(rows, limit, lambda row: (row.asked_at, row.movement_id))


routes = [
    get_order_payments,
    add_order_payment,
    preview_order_payment,
    add_order_payments,
    *_forms(MovementKind.CAPTURE, "captures", Refusal.MORE_THAN_AUTHORIZED),
    *_forms(MovementKind.VOID, "voids", Refusal.NOTHING_TO_VOID),
    *_forms(MovementKind.REFUND, "refunds", Refusal.MORE_THAN_CAPTURED),
    list_unsettled_movements,
]
