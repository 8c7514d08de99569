"""What is read of payments: the ledger of an order, and what is not settled."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements
from argosy.payments.model import Sums
from argosy.payments.store import ledger

sql = Statements("argosy.payments")


class MovementView(Struct, frozen=True, kw_only=True):
    """A movement of money; `state` unknown means that the gateway will be asked again."""

    movement_id: UUID
    payment_no: int
    kind: str
    amount_minor: int
    currency: str
    state: str
    gateway: str
    gateway_reference: str | None
    cause_kind: str
    cause_id: UUID | None
    code: str | None
    message: str | None
    asked_at: datetime
    settled_at: datetime | None
    checked_at: datetime | None


class PaymentView(Struct, frozen=True, kw_only=True):
    """A payment of an order with the sums of its movements; tokens are never shown."""

    payment_no: int
    gateway: str
    method: str
    amount_minor: int
    authorization_ref: str | None
    authorization_expires_at: datetime | None
    pending_authorization_minor: int
    authorized_minor: int
    pending_capture_minor: int
    captured_minor: int
    pending_void_minor: int
    voided_minor: int
    pending_refund_minor: int
    refunded_minor: int
    available_minor: int
    refundable_minor: int
    failed: bool
    renews_no: int | None
    last_message: str | None
    created_at: datetime | None


class PostingView(Struct, frozen=True):
    """A row of the ledger: one account is debited, another credited."""

    posting_id: UUID
    movement_id: UUID | None
    debit_account: str
    credit_account: str
    amount_minor: int
    cause_kind: str
    cause_id: UUID | None
    posted_at: datetime


class OrderLedger(Struct, frozen=True, kw_only=True):
    """The money of one order. `due_minor` is the total without what was taken, net.

    Pending sums are asked for and not answered yet; they block a second request for the same.
    """

    order_id: UUID
    currency: str
    payment_status: str
    total_minor: int
    canceled_minor: int
    due_minor: int
    uncovered_minor: int
    to_capture_minor: int
    pending_authorization_minor: int
    authorized_minor: int
    pending_capture_minor: int
    captured_minor: int
    pending_void_minor: int
    voided_minor: int
    pending_refund_minor: int
    refunded_minor: int
    invoiced_minor: int
    capture_when: str
    held: bool
    closed: bool
    version: int
    payments: list[PaymentView]
    movements: list[MovementView]
    postings: list[PostingView]


async def get_order_ledger(tx: Tx, order_id: UUID) -> tuple[OrderLedger, UUID | None] | None:
    """Return the money of one order and the order's channel, or None."""
    money = (await ledger.load_money(tx, [order_id])).get(order_id)
    if money is None:
        return None
    movements = [MovementView(**row) for row in await tx.fetch(sql("list_movements"), order_id)]
    postings = [PostingView(**row) for row in await tx.fetch(sql("list_postings"), order_id)]
    return _ledger(money, movements, postings), money.channel_id


def _ledger(money: Sums, movements: list[MovementView], postings: list[PostingView]) -> OrderLedger:
    hidden = {"payments", "channel_id", "failed_authorizations"}
    sums: dict[str, Any] = {
        name: getattr(money, name) for name in money.__struct_fields__ if name not in hidden
    }
    return OrderLedger(
        **sums,
        due_minor=money.due_minor,
        uncovered_minor=money.uncovered_minor,
        payments=[
            PaymentView(**{name: getattr(each, name) for name in PaymentView.__struct_fields__})
            for each in money.payments
        ],
        movements=movements,
        postings=postings,
    )


class UnsettledMovement(MovementView, frozen=True, kw_only=True):
    """A movement that is pending or unknown, and whose it is."""

    order_id: UUID


async def list_unsettled(
    tx: Tx,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
    gateway: str | None,
    state: str | None,
) -> list[UnsettledMovement]:
    """Return movements that are not settled, those asked for longest ago first."""
    at, movement_id = after or (None, None)
    rows = await tx.fetch(sql("list_unsettled"), at, movement_id, limit, gateway, state)
    return [UnsettledMovement(**row) for row in rows]
