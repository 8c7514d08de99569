"""The statements about what gateways tell by themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements
from argosy.payments.model.gateway import MovementKind, MovementState, Notice, Reply
from argosy.payments.model.money import Stray

sql = Statements("argosy.payments")


class Match(msgspec.Struct, frozen=True):
    """What a notice is about: a movement of ours, or a payment whose authorization it names."""

    order_id: UUID | None
    movement_id: UUID | None
    payment_no: int | None
    is_final: bool


async def match_notices(tx: Tx, gateway: str, notices: Sequence[Notice]) -> list[Match]:
    """Return what each notice is about, in order."""
    rows = await tx.fetch(
        sql("match_notices"),
        gateway,
        [each.order_id for each in notices],
        [each.key for each in notices],
        [each.reference for each in notices],
        [each.kind.value for each in notices],
        [each.authorization_reference for each in notices],
    )
    return [Match(**row) for row in rows]


async def keep_strays(
    tx: Tx, strays: Sequence[Stray], found_by: str, now: datetime
) -> set[tuple[str, str, str]]:
    """Keep strays; return (gateway, reference, kind) of those that were not known before."""
    rows = await tx.fetch(
        sql("keep_strays"),
        *[[getattr(each, name) for each in strays] for name in Stray.__struct_fields__],
        found_by,
        now,
    )
    return {(row["gateway"], row["reference"], row["kind"]) for row in rows}


async def load_watch(tx: Tx) -> dict[str, datetime]:
    """Return until when captures were compared, by gateway."""
    return {row["gateway"]: row["watched_until"] for row in await tx.fetch(sql("load_watch"))}


async def finish_watch(tx: Tx, gateway: str, until: datetime) -> None:
    """Note until when captures of a gateway were compared."""
    await tx.execute(sql("finish_watch"), gateway, until)


async def find_matchable(tx: Tx, limit: int) -> list[Stray]:
    """Return open strays whose authorization belongs to a payment by now."""
    rows = await tx.fetch(sql("find_matchable"), limit)
    return [Stray(**row) for row in rows]


async def mark_matched(tx: Tx, now: datetime) -> list[UUID]:
    """Note which strays are movements of an order now; return their ids."""
    return [row["stray_id"] for row in await tx.fetch(sql("mark_matched"), now)]


async def list_strays(tx: Tx, *, state: str | None, limit: int) -> list[Any]:
    """Return strays, the latest first."""
    return list(await tx.fetch(sql("list_strays"), state, limit))


def notice_of(stray: Stray) -> Notice:
    """Return a stray as the notice that it was."""
    return Notice(
        MovementKind(stray.kind),
        stray.reference,
        stray.amount_minor,
        stray.currency,
        Reply(MovementState.SUCCEEDED, stray.reference, stray.amount_minor),
        authorization_reference=stray.authorization_reference,
        hint=stray.hint,
    )
