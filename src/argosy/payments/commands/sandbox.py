"""The sandbox gateway: a payment company for trying things out, with a memory of its own.

It stands for an external system: it works in transactions of its own, never in the caller's, and
keeps each call under its idempotency key. Many calls are one transaction of five statements.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from argosy.kernel.database import Database, Tx
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused
from argosy.payments.decide import sandbox as rules
from argosy.payments.model import Ask, MovementKind, MovementState, Notice, Refusal, Reply
from argosy.payments.model.gateway import SANDBOX
from argosy.payments.store import sandbox as store

TOLERANCE = timedelta(minutes=5)
_MOST_TRIES = 3


class SignedNotice(msgspec.Struct, frozen=True):
    """A webhook as the sandbox would send it: the body as text, and its headers."""

    body: str
    headers: dict[str, str]


class NoticeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a webhook of the sandbox holds."""

    kind: MovementKind
    state: MovementState
    reference: str
    amount_minor: int
    currency: str
    key: str | None = None
    order_id: UUID | None = None
    authorization_reference: str | None = None
    code: str | None = None
    message: str | None = None
    hint: dict[str, Any] = {}


_decoder = msgspec.json.Decoder(NoticeBody)


class Sandbox:
    """The sandbox as a `Gateway`; `argosy.payments.decide.sandbox` lists what its tokens do."""

    name = SANDBOX

    def __init__(self, db: Database) -> None:
        self.db = db

    async def authorize(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Authorize, as the tokens say."""
        return await self._ask(asks, now)

    async def capture(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Capture, as the tokens of the authorizations say."""
        return await self._ask(asks, now)

    async def void(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Let go, as the tokens of the authorizations say."""
        return await self._ask(asks, now)

    async def refund(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply]:
        """Give back, as the tokens of the authorizations say."""
        return await self._ask(asks, now)

    async def _ask(self, asks: Sequence[Ask], now: datetime) -> list[Reply]:
        if not asks:
            return []
        for attempt in range(_MOST_TRIES):
            try:
                return await self.db.run(lambda tx: self._answer(tx, asks, now))
            except (asyncpg.UniqueViolationError, _Meanwhile):
                # Somebody made one of the calls this very moment; the next look finds it.
                if attempt == _MOST_TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    async def _answer(self, tx: Tx, asks: Sequence[Ask], now: datetime) -> list[Reply]:
        known = {row["key"]: row for row in await store.find_operations(tx, [a.key for a in asks])}
        fresh = {
            ask.key: ask
            for ask in asks
            if ask.key not in known or known[ask.key]["outcome"] == "lost"
        }
        answered: dict[str, Reply] = {}
        if fresh:
            named = [ask.reference for ask in fresh.values() if ask.reference]
            rows = await store.lock_accounts(tx, named) if named else []
            accounts = {row["reference"]: rules.Account(**row) for row in rows}
            operations = []
            for ask in sorted(fresh.values(), key=lambda each: each.key):
                operation = _decide(ask, accounts, now, heard=ask.key in known)
                operations.append((ask, operation))
                answered[ask.key] = _reply(operation, accounts, now)
            written = await store.write(
                tx,
                [_row(ask, operation) for ask, operation in operations],
                [store.AccountRow(**msgspec.structs.asdict(each)) for each in accounts.values()],
                now,
            )
            if written != len(operations):
                raise _Meanwhile
        return [answered.get(ask.key) or _told(known[ask.key], now) for ask in asks]

    async def look_up(self, asks: Sequence[Ask], now: datetime) -> Sequence[Reply | None]:
        """Say what became of calls; None for those that were never heard of, or got lost."""
        async with self.db.reading() as tx:
            rows = await store.find_operations(tx, [ask.key for ask in asks])
        known = {row["key"]: _told(row, now) for row in rows if row["outcome"] != "lost"}
        return [known.get(ask.key) for ask in asks]

    async def list_captures(
        self, since: datetime, until: datetime, after: str | None, limit: int
    ) -> Sequence[Notice]:
        """Return captures made in (since, until], those of no key of ours among them."""
        async with self.db.reading() as tx:
            rows = await store.list_captures(tx, since, until, after, limit)
        return [_notice(_body(row, until)) for row in rows]

    async def read_webhook(
        self, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Sequence[Notice] | Refused:
        """Check a webhook's signature (Standard Webhooks, HMAC-SHA256) and age, and read it."""
        async with self.db.reading() as tx:
            secret = await store.get_secret(tx)
        stamp = headers.get("webhook-timestamp", "")
        message_id = headers.get("webhook-id", "")
        given = headers.get("webhook-signature", "").split(" ")
        expected = _signature(secret, message_id, stamp, body)
        if not any(hmac.compare_digest(each.encode(), expected.encode()) for each in given):
            return Refused(
                Refusal.SIGNATURE_INVALID,
                "The signature does not fit: sign id, timestamp and body with the secret.",
            )
        if (
            not (stamp.isascii() and stamp.isdigit())
            or abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds()
        ):
            return Refused(
                Refusal.WEBHOOK_TOO_OLD, "The webhook is older than five minutes; send it again."
            )
        try:
            return [_notice(_decoder.decode(body))]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Refused(Refusal.WEBHOOK_MALFORMED, f"That is no notice of the sandbox: {error}.")

    async def sign_notice(self, reference: str, now: datetime) -> SignedNotice | None:
        """Return the webhook that the sandbox would send of one operation, or None."""
        async with self.db.reading() as tx:
            row = await store.get_operation(tx, reference)
            secret = await store.get_secret(tx)
        if row is None:
            return None
        body = msgspec.json.encode(_body(row, now))
        stamp = str(int(now.timestamp()))
        message_id = f"msg_{new_id().hex}"
        return SignedNotice(
            body.decode(),
            {
                "webhook-id": message_id,
                "webhook-timestamp": stamp,
                "webhook-signature": _signature(secret, message_id, stamp, body),
            },
        )

    async def pay_intent(
        self, currency: str, amount_minor: int, hint: dict[str, Any], now: datetime
    ) -> tuple[str, str]:
        """Let a buyer pay before the order exists; return the payment's and capture's names."""
        reference, capture = f"sbx_pi_{new_id().hex}", f"sbx_cap_{new_id().hex}"
        async with self.db.transaction() as tx:
            await store.pay_intent(
                tx,
                reference,
                capture,
                currency,
                amount_minor,
                now + rules.GOOD_FOR,
                hint,
                now,
            )
        return reference, capture


class _Meanwhile(Exception):  # noqa: N818  (it names what happened)
    """The same call was made by somebody else between the look and the write."""


def _decide(
    ask: Ask, accounts: dict[str, rules.Account], now: datetime, *, heard: bool
) -> rules.Operation:
    reference = f"sbx_{ask.kind.value}_{new_id().hex}"
    account = accounts.get(ask.reference) if ask.reference else None
    if ask.kind is not MovementKind.AUTHORIZE:
        return rules.move(ask, account, reference, now, heard=heard)
    operation, made = rules.authorize(ask, account, reference, now, heard=heard)
    if made is not None:
        accounts[made.reference] = made
    return operation


def _row(ask: Ask, operation: rules.Operation) -> store.OperationRow:
    return store.OperationRow(
        operation.key,
        operation.kind,
        operation.reference,
        operation.authorization_reference,
        operation.amount_minor,
        operation.currency,
        operation.outcome,
        operation.code,
        operation.message,
        ask.order_id,
        operation.ready_at,
    )


def _reply(
    operation: rules.Operation, accounts: Mapping[str, rules.Account], now: datetime
) -> Reply:
    if not operation.answered:
        return Reply(MovementState.UNKNOWN, message="The gateway did not answer in time.")
    if operation.ready_at > now:
        return Reply(MovementState.PENDING, operation.reference)
    account = accounts.get(operation.reference)
    return Reply(
        MovementState(operation.outcome),
        operation.reference,
        operation.amount_minor,
        operation.code,
        operation.message,
        account.expires_at if account is not None else None,
    )


def _told(row: Any, now: datetime) -> Reply:
    """Return the answer to a call that was made before, as it is known by now."""
    if row["outcome"] == "lost":
        return Reply(MovementState.UNKNOWN, message="The gateway did not answer in time.")
    if row["ready_at"] > now:
        return Reply(MovementState.PENDING, row["reference"])
    return Reply(
        MovementState(row["outcome"]),
        row["reference"],
        row["amount_minor"],
        row["code"],
        row["message"],
        row["expires_at"],
    )


def _body(row: Any, now: datetime) -> NoticeBody:
    pending = row["ready_at"] > now
    return NoticeBody(
        MovementKind(row["kind"]),
        MovementState.PENDING if pending else MovementState(row["outcome"]),
        row["reference"],
        row["amount_minor"],
        row["currency"],
        row["key"] if row["key"] != row["reference"] else None,
        row["order_id"],
        row["authorization_reference"],
        None if pending else row["code"],
        None if pending else row["message"],
        row["hint"],
    )


def _notice(body: NoticeBody) -> Notice:
    return Notice(
        body.kind,
        body.reference,
        body.amount_minor,
        body.currency,
        Reply(body.state, body.reference, body.amount_minor, body.code, body.message),
        body.key,
        body.order_id,
        body.authorization_reference,
        body.hint,
    )


def _signature(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    signed = f"{message_id}.{stamp}.".encode() + body
    mac = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()
