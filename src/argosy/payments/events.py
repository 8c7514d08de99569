"""What payments publish; the subject of each is the order. Amounts are in minor units."""

from uuid import UUID

from msgspec import Struct

from argosy.kernel.events import publishes


class MoneyMoved(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A movement of money is settled: done, or refused (`code` and `message` say why).

    `payment_status` is that of the order after it, and `covered` says whether authorizations stand
    for its whole total. `cause_kind` says what it was asked for.
    """

    order_id: UUID
    movement_id: UUID
    payment_no: int
    gateway: str
    method: str
    amount_minor: int
    currency: str
    payment_status: str
    covered: bool
    cause_kind: str
    cause_id: UUID | None = None
    reference: str | None = None
    code: str | None = None
    message: str | None = None


@publishes("payment.authorized.v1", subject="order")
class Authorized(MoneyMoved, frozen=True, kw_only=True, omit_defaults=True):
    """Money of the buyer was set aside."""


@publishes("payment.authorization_failed.v1", subject="order")
class AuthorizationFailed(MoneyMoved, frozen=True, kw_only=True, omit_defaults=True):
    """The gateway refused to set money aside."""


@publishes("payment.captured.v1", subject="order")
class Captured(MoneyMoved, frozen=True, kw_only=True, omit_defaults=True):
    """Money that was set aside was taken."""


@publishes("payment.capture_failed.v1", subject="order")
class CaptureFailed(MoneyMoved, frozen=True, kw_only=True, omit_defaults=True):
    """The gateway refused to take money; an expired authorization is renewed by itself."""


@publishes("payment.voided.v1", subject="order")
class Voided(MoneyMoved, frozen=True, kw_only=True, omit_defaults=True):
    """Money that was set aside was let go."""


@publishes("payment.void_failed.v1", subject="order")
class VoidFailed(MoneyMoved, frozen=True, kw_only=True, omit_defaults=True):
    """The gateway refused to let go."""


@publishes("payment.refunded.v1", subject="order")
class Refunded(MoneyMoved, frozen=True, kw_only=True, omit_defaults=True):
    """Money that was taken was given back."""


@publishes("payment.refund_failed.v1", subject="order")
class RefundFailed(MoneyMoved, frozen=True, kw_only=True, omit_defaults=True):
    """The gateway refused to give money back."""


@publishes("payment.invoice_issued.v1", subject="order")
class InvoiceIssued(Struct, frozen=True):
    """An invoice was issued for a shipment; the number is the next of its series."""

    order_id: UUID
    invoice_id: UUID
    invoice_number: str
    shipment_id: UUID
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
