"""Idempotency keys: the first answer to a request is kept, and given again to its repetitions.

A request reserves its key before it runs and keeps its answer after. Whoever comes with the same
key meanwhile is told to wait; when the first one never finishes, its lease runs out and the next
one takes over.
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from argosy.kernel.database import Database
from argosy.kernel.schedules import Sweep
from argosy.kernel.sql import Statements

sql = Statements(__package__)

LEASE = timedelta(minutes=2)  # Longer than any statement may run.
KEPT_FOR = timedelta(days=7)


class RequestKey(msgspec.Struct, frozen=True):
    """Whose request it is, under which key, and what it says (`digest` of all that counts)."""

    owner_id: UUID
    key: str
    route: str
    digest: bytes


class Reserved(msgspec.Struct, frozen=True):
    """The request may run; `lease_until` proves it when its answer is kept."""

    lease_until: datetime


class Kept(msgspec.Struct, frozen=True):
    """The request ran before, and this was its answer."""

    status: int
    answer: bytes


class InFlight(msgspec.Struct, frozen=True):
    """The same request runs just now."""


class Reused(msgspec.Struct, frozen=True):
    """The key belongs to another request."""

    route: str


async def reserve_request(
    db: Database, request: RequestKey, now: datetime
) -> Reserved | Kept | InFlight | Reused:
    """Reserve the right to answer `request`, or say why not."""
    lease_until = now + LEASE
    async with db.transaction() as tx:
        reserved = await tx.fetchval(
            sql("reserve_request"),
            request.owner_id,
            request.key,
            request.route,
            request.digest,
            now,
            lease_until,
        )
        if reserved is not None:
            return Reserved(lease_until)
        known = await tx.fetchrow(sql("find_request"), request.owner_id, request.key)
    if known is None:
        return InFlight()  # It was forgotten this very moment; the next try will reserve it.
    if (known["route"], known["digest"]) != (request.route, request.digest):
        return Reused(known["route"])
    if known["status"] is None:
        return InFlight()
    return Kept(known["status"], known["answer"])


async def keep_answer(
    db: Database, request: RequestKey, reserved: Reserved, status: int, answer: bytes
) -> bool:
    """Keep the answer; False when another took over after the lease."""
    async with db.transaction() as tx:
        kept = await tx.fetchval(
            sql("keep_answer"),
            request.owner_id,
            request.key,
            reserved.lease_until,
            status,
            answer,
        )
    return kept is not None


async def forget_request(db: Database, request: RequestKey, reserved: Reserved) -> None:
    """Let the request be made again: it came to nothing."""
    async with db.transaction() as tx:
        await tx.execute(sql("forget_request"), request.owner_id, request.key, reserved.lease_until)


async def drop_old_answers(db: Database, now: datetime) -> int:
    """Drop answers older than a week, up to 5,000; return how many."""
    async with db.transaction() as tx:
        status: str = await tx.execute(sql("drop_old_answers"), now - KEPT_FOR)
    return int(status.rsplit(" ", 1)[1])


SWEEP = Sweep(name="kernel.drop_old_answers", every_seconds=600, run=drop_old_answers)
