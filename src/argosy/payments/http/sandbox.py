"""The sandbox gateway's own books, and what can be tried with it.

These routes stand for the web page that a payment company gives its merchants.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    Limit,
    Page,
    decode_cursor,
    get,
    not_found,
    page_of,
    post,
)
from argosy.kernel.money import CURRENCIES
from argosy.kernel.problems import FieldError, Problem
from argosy.payments.commands.sandbox import Sandbox, SignedNotice
from argosy.payments.store import sandbox as store

_Reference = Annotated[str, Meta(min_length=1, max_length=100)]


class AuthorizationView(Struct, frozen=True, kw_only=True):
    """Money that the sandbox has set aside."""

    reference: str
    token: str
    currency: str
    amount_minor: int
    captured_minor: int
    voided_minor: int
    refunded_minor: int
    expires_at: datetime
    made_at: datetime


class OperationView(Struct, frozen=True, kw_only=True):
    """A call as the sandbox remembers it; before `ready_at` it only answers that it is pending."""

    key: str
    kind: str
    reference: str
    authorization_reference: str | None
    amount_minor: int
    currency: str
    outcome: str
    code: str | None
    message: str | None
    order_id: UUID | None
    hint: dict[str, Any]
    ready_at: datetime
    made_at: datetime


class IntentBody(Struct, forbid_unknown_fields=True):
    """A buyer pays at the sandbox before any order exists; `hint` may say what for."""

    amount_minor: Annotated[int, Meta(ge=1, lt=10**15)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    hint: dict[str, Annotated[str, Meta(max_length=200)]] = {}

    __examples__ = ({"amount_minor": 1530, "currency": "GBP", "hint": {"cart": "C-17"}},)


class IntentPaid(Struct, frozen=True):
    """What the buyer paid: place the order with `authorization_ref` = `reference`."""

    reference: str
    capture_reference: str


@get(
    "/v1/sandbox/authorizations",
    permission="payments:read",
    summary="List what the sandbox gateway has authorized",
    tags=("sandbox",),
)
async def list_sandbox_authorizations(
    db: Database, after: After = None, limit: Limit = 100
) -> Page[AuthorizationView]:
    """List the sandbox's authorizations, by reference."""
    start = None if after is None else decode_cursor(after, tuple[str])[0]
    async with db.reading() as tx:
        rows = await store.list_accounts(tx, start, limit + 1)
    found = [AuthorizationView(**row) for row in rows]
    return page_of(found, limit, lambda each: each.reference)


@get(
    "/v1/sandbox/operations",
    permission="payments:read",
    summary="List what the sandbox gateway was asked",
    tags=("sandbox",),
)
async def list_sandbox_operations(
    db: Database,
    after: After = None,
    limit: Limit = 100,
    authorization_reference: _Reference | None = None,
) -> Page[OperationView]:
    """List the sandbox's operations, by key."""
    start = None if after is None else decode_cursor(after, tuple[str])[0]
    async with db.reading() as tx:
        rows = await store.list_operations(tx, start, limit + 1, authorization_reference)
    found = [OperationView(**row) for row in rows]
    return page_of(found, limit, lambda each: each.key)


@get(
    "/v1/sandbox/operations/{reference}/webhook",
    permission="payments:write",
    summary="Get the webhook that the sandbox gateway would send",
    tags=("sandbox",),
    refuses=["operation_not_found"],
)
async def get_sandbox_webhook(db: Database, clock: Clock, reference: _Reference) -> SignedNotice:
    """Return body and headers to be posted to `/v1/payments/sandbox/webhook`."""
    signed = await Sandbox(db).sign_notice(reference, clock.now())
    if signed is None:
        not_found("operation")
    return signed


@post(
    "/v1/sandbox/payment-intents",
    permission="payments:write",
    summary="Pay at the sandbox gateway before there is an order",
    tags=("sandbox",),
    status_code=201,
    refuses=["currency_unknown"],
)
async def pay_sandbox_intent(db: Database, clock: Clock, data: IntentBody) -> IntentPaid:
    """Let a buyer pay whose browser may never come back."""
    if data.currency not in CURRENCIES:
        detail = f"{data.currency} is not a current ISO 4217 currency."
        fault = FieldError("/currency", "currency_unknown", detail)
        raise Problem(422, "currency_unknown", "Currency unknown", detail, [fault])
    paid = await Sandbox(db).pay_intent(
        data.currency, data.amount_minor, dict(data.hint), clock.now()
    )
    return IntentPaid(*paid)


routes = [
    list_sandbox_authorizations,
    list_sandbox_operations,
    get_sandbox_webhook,
    pay_sandbox_intent,
]
