"""Money of an order: its payments, their movements, and why a command was not done."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from argosy.payments.model.gateway import MovementKind

CaptureWhen = Literal["placement", "release", "shipment"]

STORED_VALUE = frozenset({"gift_card", "store_credit"})
"""Methods that are taken first and given back last."""

MOST_ATTEMPTS = 3
"""How often a payment is authorized in all, when its authorizations expire."""


class Refusal(StrEnum):
    """Why a command on payments was not done."""

    ORDER_NOT_FOUND = "order_not_found"
    PAYMENT_NOT_FOUND = "payment_not_found"
    INVOICE_NOT_FOUND = "invoice_not_found"
    ORDER_CLOSED = "order_closed"
    ORDER_ON_HOLD = "order_on_hold"
    NOTHING_TO_PAY = "nothing_to_pay"
    PAYMENT_IN_PROGRESS = "payment_in_progress"
    PAYMENT_EXCEEDS_DUE = "payment_exceeds_due"
    GATEWAY_UNKNOWN = "gateway_unknown"
    MORE_THAN_AUTHORIZED = "more_than_authorized"
    NOTHING_TO_VOID = "nothing_to_void"
    MORE_THAN_CAPTURED = "more_than_captured"
    NAMED_TWICE = "named_twice"
    SIGNATURE_INVALID = "signature_invalid"
    WEBHOOK_TOO_OLD = "webhook_too_old"
    WEBHOOK_MALFORMED = "webhook_malformed"
    PDF_NOT_INSTALLED = "pdf_not_installed"
    SETTINGS_CHANGED = "settings_changed"


class PaymentAsk(Struct, frozen=True):
    """How part of an order is paid.

    With `authorization_ref` the authorization stands already; with `token` the gateway is asked
    for it; with neither it was agreed on outside (an account, an invoice) and counts as authorized.
    """

    gateway: str
    method: str
    amount_minor: int
    authorization_ref: str | None = None
    token: str | None = None
    expires_at: datetime | None = None


class OrderMoney(Struct, frozen=True):
    """What an order costs and how it is paid; the payments sum to no more than the total."""

    order_id: UUID
    currency: str
    total_minor: int
    payments: list[PaymentAsk]
    channel_id: UUID | None = None
    capture_when: str = "shipment"


class Payment(Struct, frozen=True, kw_only=True):
    """One payment of an order and the sums of its movements, in minor units."""

    order_id: UUID
    payment_no: int
    gateway: str
    method: str
    currency: str
    amount_minor: int
    token: str | None = None
    authorization_ref: str | None = None
    authorization_expires_at: datetime | None = None
    pending_authorization_minor: int = 0
    authorized_minor: int = 0
    pending_capture_minor: int = 0
    captured_minor: int = 0
    pending_void_minor: int = 0
    voided_minor: int = 0
    pending_refund_minor: int = 0
    refunded_minor: int = 0
    over_capture_minor: int = 0
    failed: bool = False
    renews_no: int | None = None
    attempt: int = 1
    last_message: str | None = None
    created_at: datetime | None = None

    @property
    def available_minor(self) -> int:
        """Return what can still be captured or voided."""
        return (
            self.authorized_minor
            + self.over_capture_minor
            - self.captured_minor
            - self.pending_capture_minor
            - self.voided_minor
            - self.pending_void_minor
        )

    @property
    def refundable_minor(self) -> int:
        """Return what can still be given back."""
        return self.captured_minor - self.refunded_minor - self.pending_refund_minor

    @property
    def is_stored_value(self) -> bool:
        """Return whether it is a gift card or store credit."""
        return self.method in STORED_VALUE

    def is_expired(self, now: datetime) -> bool:
        """Return whether the authorization has run out."""
        return self.authorization_expires_at is not None and self.authorization_expires_at <= now


class Sums(Struct, frozen=True, kw_only=True):
    """The money of one order: what it costs by now, the sums over its payments, and the payments.

    `canceled_minor` was taken off the total since placement.
    """

    order_id: UUID
    currency: str
    total_minor: int
    canceled_minor: int = 0
    pending_authorization_minor: int = 0
    authorized_minor: int = 0
    pending_capture_minor: int = 0
    captured_minor: int = 0
    pending_void_minor: int = 0
    voided_minor: int = 0
    pending_refund_minor: int = 0
    refunded_minor: int = 0
    failed_authorizations: int = 0
    invoiced_minor: int = 0
    to_capture_minor: int = 0
    channel_id: UUID | None = None
    capture_when: str = "shipment"
    held: bool = False
    closed: bool = False
    payment_status: str = "unpaid"
    version: int = 1
    payments: tuple[Payment, ...] = ()

    @property
    def due_minor(self) -> int:
        """Return what the buyer still has to pay: the total without what was taken, net."""
        return max(0, self.total_minor - (self.captured_minor - self.refunded_minor))

    @property
    def uncovered_minor(self) -> int:
        """Return what no authorization stands or is pending for."""
        covered = self.authorized_minor - self.voided_minor + self.pending_authorization_minor
        return max(0, self.total_minor - covered)


class Movement(Struct, frozen=True, kw_only=True):
    """A movement to be asked for."""

    order_id: UUID
    movement_id: UUID
    payment_no: int
    kind: MovementKind
    amount_minor: int
    cause_kind: str
    cause_id: UUID | None = None


class OpenMovement(Struct, frozen=True, kw_only=True):
    """A movement as it is kept, with what its gateway must be told."""

    order_id: UUID
    movement_id: UUID
    payment_no: int
    kind: str
    amount_minor: int
    currency: str
    state: str
    gateway: str
    gateway_reference: str | None
    code: str | None
    message: str | None
    asked_at: datetime
    method: str
    token: str | None
    authorization_ref: str | None
    renewed_ref: str | None


class Settled(Struct, frozen=True, kw_only=True):
    """What is now known of a movement, whoever told: the call itself, a webhook, a look-up."""

    order_id: UUID
    movement_id: UUID
    state: str
    amount_minor: int | None = None
    reference: str | None = None
    code: str | None = None
    message: str | None = None
    expires_at: datetime | None = None


class Stray(Struct, frozen=True):
    """Money that a gateway moved and that fits no payment of ours."""

    stray_id: UUID
    gateway: str
    reference: str
    authorization_reference: str | None
    kind: str
    amount_minor: int
    currency: str
    hint: dict[str, Any]
    reason: str
