"""How the sandbox gateway behaves: what a token makes of a call; pure.

A token is `tok_ok`, or `tok_<behavior>` for the authorization, or `tok_<kind>_<behavior>` for
captures, voids or refunds of what it authorized. Any other token is good.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from argosy.payments.model.gateway import EXPIRED, Ask, MovementKind

SLOW = timedelta(seconds=30)
"""How long a slow call is pending."""

GOOD_FOR = timedelta(days=7)
GOOD_FOR_SHORT = timedelta(minutes=1)

BEHAVIORS: Mapping[str, str] = {
    "declined": "refused at once",
    "insufficient_funds": "refused at once, for lack of money",
    "slow": "pending for 30 seconds, then done",
    "slow_declined": "pending for 30 seconds, then refused",
    "unknown_done": "the answer is lost, but it was done",
    "unknown_lost": "the call is lost on the way, the first time",
}
"""What may follow `tok_` or `tok_capture_`, `tok_void_`, `tok_refund_`."""

SPECIAL: Mapping[str, str] = {
    "tok_expires_soon": "authorized for one minute; later captures find it expired",
    "tok_capture_partial": "each capture takes half of what is asked, rounded up",
    "tok_capture_once": "authorized for one capture; a second one is refused",
}

_MESSAGES = {
    "declined": ("card_declined", "The card was declined."),
    "insufficient_funds": ("insufficient_funds", "There is not enough money on the account."),
    "slow_declined": ("card_declined", "The card was declined after a check."),
}


class Account(Struct):
    """An authorization at the sandbox, as a working copy under its lock."""

    reference: str
    token: str
    currency: str
    amount_minor: int
    captured_minor: int
    voided_minor: int
    refunded_minor: int
    expires_at: datetime


class Operation(Struct, frozen=True):
    """What becomes of one call. `answered` False means that the caller hears nothing."""

    key: str
    kind: str
    reference: str
    authorization_reference: str | None
    amount_minor: int
    currency: str
    outcome: str
    code: str | None
    message: str | None
    ready_at: datetime
    answered: bool = True


def behavior_of(kind: MovementKind, token: str | None) -> str:
    """Return which behavior a token asks for in calls of `kind`; empty for none."""
    if token is None or not token.startswith("tok_"):
        return ""
    name = token.removeprefix("tok_")
    if kind is MovementKind.AUTHORIZE:
        return name if name in BEHAVIORS else ""
    prefix, _, behavior = name.partition("_")
    return behavior if prefix == kind.value and behavior in BEHAVIORS else ""


def authorize(
    ask: Ask, renewed: Account | None, reference: str, now: datetime, *, heard: bool
) -> tuple[Operation, Account | None]:
    """Decide an authorization; `heard` says that the same call was lost before.

    An authorization that renews another takes over its token.
    """
    token = ask.token or (renewed.token if renewed is not None else "tok_ok")
    behavior = "" if heard else behavior_of(MovementKind.AUTHORIZE, token)
    operation = _behave(ask, behavior, reference, reference, ask.amount_minor, now)
    if operation.outcome != "succeeded":
        return operation, None
    short = token == "tok_expires_soon" and renewed is None  # noqa: S105  (it opens nothing)
    until = now + (GOOD_FOR_SHORT if short else GOOD_FOR)
    return operation, Account(reference, token, ask.currency, ask.amount_minor, 0, 0, 0, until)


def move(
    ask: Ask, account: Account | None, reference: str, now: datetime, *, heard: bool
) -> Operation:
    """Decide a capture, void or refund, and book it in `account`."""
    if account is None or account.currency != ask.currency:
        return _refusal(ask, reference, now, "no_such_authorization", "There is no such money.")
    behavior = "" if heard else behavior_of(ask.kind, account.token)
    amount = ask.amount_minor
    free = account.amount_minor - account.captured_minor - account.voided_minor
    if ask.kind is MovementKind.CAPTURE:
        if account.expires_at <= now:
            return _refusal(ask, reference, now, EXPIRED, "The authorization has expired.")
        if account.token == "tok_capture_once" and account.captured_minor:  # noqa: S105
            return _refusal(ask, reference, now, "captured_before", "It was captured already.")
        if amount > free:
            return _refusal(ask, reference, now, "more_than_authorized", f"{free} is left.")
        if account.token == "tok_capture_partial":  # noqa: S105
            amount = -(-amount // 2)
    elif ask.kind is MovementKind.VOID and amount > free:
        return _refusal(ask, reference, now, "more_than_authorized", f"{free} is left.")
    elif ask.kind is MovementKind.REFUND:
        left = account.captured_minor - account.refunded_minor
        if amount > left:
            return _refusal(ask, reference, now, "more_than_captured", f"{left} is left.")
    operation = _behave(ask, behavior, reference, account.reference, amount, now)
    if operation.outcome == "succeeded":
        _book(account, ask.kind, amount)
    return operation


def _book(account: Account, kind: MovementKind, amount: int) -> None:
    if kind is MovementKind.CAPTURE:
        account.captured_minor += amount
    elif kind is MovementKind.VOID:
        account.voided_minor += amount
    else:
        account.refunded_minor += amount


def _behave(
    ask: Ask, behavior: str, reference: str, authorization: str, amount: int, now: datetime
) -> Operation:
    code, message = _MESSAGES.get(behavior, (None, None))
    outcome = "succeeded" if code is None else "failed"
    if behavior == "unknown_lost":
        outcome = "lost"
    return Operation(
        ask.key,
        ask.kind.value,
        reference,
        authorization,
        amount,
        ask.currency,
        outcome,
        code,
        message,
        now + SLOW if behavior.startswith("slow") else now,
        answered=not behavior.startswith("unknown"),
    )


def _refusal(ask: Ask, reference: str, now: datetime, code: str, message: str) -> Operation:
    return Operation(
        ask.key,
        ask.kind.value,
        reference,
        ask.reference,
        ask.amount_minor,
        ask.currency,
        "failed",
        code,
        message,
        now,
    )
