"""Routes that cancel units of orders: one, many, and as a preview."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from argosy.fulfillment.commands.cancel import Outcome, cancel_orders
from argosy.identity import Access, Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database, Tx
from argosy.kernel.http import Batch, BatchOutcome, Outcomes, note_of, post, refuse
from argosy.kernel.refusals import Refused
from argosy.orders import CancelAsked, Refusal, say_cancel
from argosy.orders.door import Canceled
from argosy.payments.door import GiveBackPlan, plan_give_back

_STATUS = {
    Refusal.ORDER_NOT_FOUND: 404,
    Refusal.LINE_UNKNOWN: 422,
    Refusal.LINE_NAMED_TWICE: 422,
}
_REFUSES = (
    Refusal.ORDER_NOT_FOUND,
    Refusal.ORDER_CHANGED_MEANWHILE,
    Refusal.ORDER_IS_CLOSED,
    Refusal.LINE_UNKNOWN,
    Refusal.LINE_NAMED_TWICE,
    Refusal.NOTHING_LEFT_TO_CANCEL,
    Refusal.UNITS_ALREADY_SHIPPED,
    Refusal.UNITS_BEING_WORKED_ON,
)


class CancelReason(StrEnum):
    """Why units are canceled."""

    CUSTOMER = "customer"
    OUT_OF_STOCK = "out_of_stock"
    FRAUD = "fraud"
    PAYMENT = "payment"
    DUPLICATE = "duplicate"
    PRICE_ERROR = "price_error"
    UNDELIVERABLE = "undeliverable"
    OTHER = "other"


class CancelOrderLine(Struct, forbid_unknown_fields=True):
    """Units of a line that are not wanted any more."""

    line_no: Annotated[int, Meta(ge=1, le=1_000_000)]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]


class CancelOrderBody(Struct, forbid_unknown_fields=True):
    """What is canceled and why; without `lines` everything that has not left.

    With a `version`, such as that of a preview, only if the order is still as it was then.
    """

    reason: CancelReason
    lines: Annotated[list[CancelOrderLine], Meta(min_length=1, max_length=5000)] | None = None
    note: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None
    version: Annotated[int, Meta(ge=1, le=2_000_000_000)] | None = None

    __examples__ = ({"reason": "customer", "lines": [{"line_no": 1, "quantity": 2}]},)

    def asked(self, order_id: UUID) -> CancelAsked | Refused:
        """Return what is asked of one order."""
        units = None
        if self.lines is not None:
            units = {each.line_no: each.quantity for each in self.lines}
            if len(units) < len(self.lines):
                return Refused(
                    Refusal.LINE_NAMED_TWICE, "A line is named twice; sum it up.", "/lines"
                )
        return CancelAsked(order_id, self.reason.value, units, self.note, self.version)


class CancelOrderItem(CancelOrderBody, kw_only=True, forbid_unknown_fields=True):
    """What is canceled of one of many orders."""

    order_id: UUID


class CanceledLine(Struct, frozen=True):
    """Units of a line that were canceled; `recalled` of them waited at a location."""

    line_no: int
    quantity: int
    recalled: int
    value_minor: int


class FreedStock(Struct, frozen=True):
    """Units that are free for others again (`reserved`) or not waited for any more (`waiting`)."""

    line_no: int
    sku_id: UUID
    reserved: int
    waiting: int


class CustomerMessage(Struct, frozen=True):
    """What the customer would be told."""

    email: str | None
    text: str


class CancelOrderDone(Struct, frozen=True, omit_defaults=True):
    """What was canceled; in a preview, without `change_order_id`, what would be.

    `version` is that of the order, to be given when the preview is submitted. `total_minor` is
    what the order costs without the canceled units. `money` says which authorizations are let go
    and what is refunded; gateways are asked after the cancellation is committed.
    """

    order_id: UUID
    version: int
    lifecycle: str
    currency: str
    value_minor: int
    total_minor: int
    lines: list[CanceledLine]
    stock: list[FreedStock]
    money: GiveBackPlan
    message: CustomerMessage
    change_order_id: UUID | None = None


class CancelOrderOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one order of a batch."""

    order_id: UUID
    done: CancelOrderDone | None = None


def _done(made: Canceled, plan: GiveBackPlan) -> CancelOrderDone:
    cancel = made.cancel
    return CancelOrderDone(
        cancel.facts.order_id,
        made.version,
        made.lifecycle,
        cancel.facts.currency,
        cancel.value_minor,
        cancel.total_minor,
        [
            CanceledLine(no, quantity, cancel.recalled.get(no, 0), cancel.values[no])
            for no, quantity in sorted(cancel.units.items())
        ],
        [FreedStock(each.line_no, each.sku_id, each.reserved, each.waiting) for each in made.stock],
        plan,
        CustomerMessage(cancel.facts.email, say_cancel(cancel)),
        made.change_order_id,
    )


async def _cancel(
    db: Database,
    clock: Clock,
    actor: Actor,
    access: Access,
    asked: Sequence[CancelAsked | Refused],
    *,
    preview: bool,
) -> list[CancelOrderDone | Refused]:
    async def run(tx: Tx) -> list[CancelOrderDone | Refused]:
        made = iter(
            await cancel_orders(
                tx,
                [each for each in asked if isinstance(each, CancelAsked)],
                by=str(actor),
                now=clock.now(),
                channels=access.channel_ids,
                preview=preview,
            )
        )
        outcomes: list[Outcome] = [
            each if isinstance(each, Refused) else next(made) for each in asked
        ]
        plans = await plan_give_back(
            tx,
            {
                each.cancel.facts.order_id: (each.cancel.total_minor, each.cancel.value_minor)
                for each in outcomes
                if isinstance(each, Canceled)
            },
        )
        return [
            each if isinstance(each, Refused) else _done(each, plans[each.cancel.facts.order_id])
            for each in outcomes
        ]

    if preview:
        async with db.reading() as tx:
            return await run(tx)
    return await db.run(run)


def _of_one(outcome: CancelOrderDone | Refused) -> CancelOrderDone:
    if isinstance(outcome, Refused):
        status = next((s for code, s in _STATUS.items() if code == outcome.code), 409)
        refuse(outcome, status=status)
    return outcome


@post(
    "/v1/orders/{order_id}/cancel",
    permission="orders:cancel",
    summary="Cancel units of an order",
    refuses=_REFUSES,
)
async def cancel_order(
    db: Database, clock: Clock, actor: Actor, access: Access, order_id: UUID, data: CancelOrderBody
) -> CancelOrderDone:
    """Cancel units that have not left, or all of them; a location that works on some is not asked.

    Stock is given back at once. Money is given back after that: authorizations are let go where
    possible, only the rest is refunded, over all payments.
    """
    asked = [data.asked(order_id)]
    return _of_one((await _cancel(db, clock, actor, access, asked, preview=False))[0])


@post(
    "/v1/orders/{order_id}/cancel/preview",
    permission="orders:read",
    summary="Preview a cancellation",
    keyed=False,
    refuses=_REFUSES,
)
async def preview_cancel_order(
    db: Database, clock: Clock, actor: Actor, access: Access, order_id: UUID, data: CancelOrderBody
) -> CancelOrderDone:
    """Say what would be canceled, with stock, money and message; nothing is changed."""
    asked = [data.asked(order_id)]
    return _of_one((await _cancel(db, clock, actor, access, asked, preview=True))[0])


@post(
    "/v1/orders/cancel/batch",
    permission="orders:cancel",
    summary="Cancel units of orders in a batch",
)
async def cancel_orders_batch(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[CancelOrderItem]
) -> Outcomes[CancelOrderOutcome]:
    """Cancel units of many orders, one outcome each."""
    asked = [each.asked(each.order_id) for each in data.items]
    done = await _cancel(db, clock, actor, access, asked, preview=False)
    return Outcomes(
        [
            CancelOrderOutcome(
                index=index, status="refused", order_id=item.order_id, problem=note_of(outcome)
            )
            if isinstance(outcome, Refused)
            else CancelOrderOutcome(
                index=index, status="done", order_id=item.order_id, done=outcome
            )
            for index, (item, outcome) in enumerate(zip(data.items, done, strict=True))
        ]
    )


ROUTES = (cancel_order, preview_cancel_order, cancel_orders_batch)
