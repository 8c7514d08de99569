"""The statements of the sandbox gateway, on its own tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.payments")


class OperationRow(Struct, frozen=True):
    """An operation to be written."""

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
    ready_at: datetime


class AccountRow(Struct, frozen=True):
    """An authorization to be written with its sums."""

    reference: str
    token: str
    currency: str
    amount_minor: int
    captured_minor: int
    voided_minor: int
    refunded_minor: int
    expires_at: datetime


async def find_operations(tx: Tx, keys: Sequence[str]) -> list[Any]:
    """Return the operations under some keys, lost ones too."""
    return list(await tx.fetch(sql("sandbox_find"), list(keys)))


async def lock_accounts(tx: Tx, references: Sequence[str]) -> list[Any]:
    """Lock authorizations and return them."""
    return list(await tx.fetch(sql("sandbox_lock"), sorted(set(references))))


async def write(
    tx: Tx, operations: Sequence[OperationRow], accounts: Sequence[AccountRow], now: datetime
) -> int:
    """Write operations and authorizations; return how many operations were new."""
    written: int = await tx.fetchval(
        sql("sandbox_write"),
        *[[getattr(o, name) for o in operations] for name in OperationRow.__struct_fields__],
        now,
        *[[getattr(a, name) for a in accounts] for name in AccountRow.__struct_fields__],
    )
    return written


async def list_captures(
    tx: Tx, since: datetime, until: datetime, after: str | None, limit: int
) -> list[Any]:
    """Return captures made in (since, until], after the one with the reference `after`."""
    return list(await tx.fetch(sql("sandbox_list_captures"), since, until, after, limit))


async def get_secret(tx: Tx) -> str:
    """Return the secret of the webhooks."""
    secret: str = await tx.fetchval(sql("sandbox_get_secret"))
    return secret


async def get_operation(tx: Tx, reference: str) -> Any | None:
    """Return one operation, or None."""
    return await tx.fetchrow(sql("sandbox_get_operation"), reference)


async def pay_intent(
    tx: Tx,
    reference: str,
    capture: str,
    currency: str,
    amount_minor: int,
    expires_at: datetime,
    hint: dict[str, Any],
    now: datetime,
) -> None:
    """Write a payment that a buyer made before the order exists."""
    await tx.execute(
        sql("sandbox_pay_intent"),
        reference,
        capture,
        currency,
        amount_minor,
        expires_at,
        now,
        hint,
    )


async def list_accounts(tx: Tx, after: str | None, limit: int) -> list[Any]:
    """Return authorizations after a reference."""
    return list(await tx.fetch(sql("sandbox_list_accounts"), after, limit))


async def list_operations(
    tx: Tx, after: str | None, limit: int, authorization_reference: str | None
) -> list[Any]:
    """Return operations after a key, of one authorization if it is named."""
    return list(
        await tx.fetch(sql("sandbox_list_operations"), after, limit, authorization_reference)
    )
