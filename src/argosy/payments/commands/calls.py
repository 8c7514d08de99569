"""Calls to gateways: prepared by whoever asked, made outside any transaction, settled in another.

A call is made once. When its answer is lost, it is looked up; only a gateway that says that it
never heard of it is asked again, under the same key.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from argosy.kernel.database import Database, Tx
from argosy.kernel.jobs import Job
from argosy.kernel.outcomes import Dead, Done, JobOutcome
from argosy.kernel.refusals import Refused
from argosy.payments.commands.asks import ask_anew
from argosy.payments.commands.charge import charge_orders, settle_answers
from argosy.payments.commands.gateways import gateways
from argosy.payments.decide.answers import (
    ask_of,
    is_asked_about,
    is_final,
    is_put_back,
    outcome_of,
    settled_by,
)
from argosy.payments.model import Ask, Gateway, MovementKind, MovementState, Reply
from argosy.payments.model.money import OpenMovement
from argosy.payments.store import ledger

log = structlog.get_logger(__name__)


async def run_movements(db: Database, jobs: Sequence[Job], now: datetime) -> Sequence[JobOutcome]:
    """Make the calls of many jobs of one kind; one outcome each, in order.

    A job whose movement was refused, and that somebody has put back, asks anew: what is still to be
    done becomes a new movement with a job of its own.
    """
    keys = [(UUID(job.body["order_id"]), UUID(job.body["movement_id"])) for job in jobs]
    async with db.reading() as tx:
        known = await ledger.load_movements(tx, keys)
    attempts = {key[1]: job.attempts for key, job in zip(keys, jobs, strict=True)}
    put_back = [each for each in known.values() if is_put_back(each, attempts[each.movement_id])]
    waiting = [each for each in known.values() if not is_final(each.state)]
    if waiting:
        asked_about = {
            each.movement_id for each in waiting if is_asked_about(each, attempts[each.movement_id])
        }
        await _make_calls(db, waiting, asked_about, now)
        async with db.reading() as tx:
            known |= await ledger.load_movements(
                tx, [(each.order_id, each.movement_id) for each in waiting]
            )
    anew = {each.movement_id: await _do_anew(db, each, now) for each in put_back}
    return [
        anew.get(movement_id)
        or (
            outcome_of(known[movement_id], attempts[movement_id])
            if movement_id in known
            else Dead("There is no such movement any more.")
        )
        for _, movement_id in keys
    ]


async def _do_anew(db: Database, refused: OpenMovement, now: datetime) -> JobOutcome:
    """Ask anew for what a refused movement was to do."""

    async def work(tx: Tx) -> int | Refused:
        if refused.kind == MovementKind.CAPTURE:
            charges = await charge_orders(tx, [refused.order_id], now)
            return sum(len(each.captures) + len(each.renewals) for each in charges.values())
        return await ask_anew(tx, refused, now)

    asked = await db.run(work)
    if isinstance(asked, Refused):
        return Done({"state": "nothing_left_to_do", "message": asked.detail})
    return Done({"state": "asked_anew", "movements": asked})


async def charge_again(db: Database, jobs: Sequence[Job], now: datetime) -> Sequence[JobOutcome]:
    """Charge orders that something was missing of; what is missing still is a person's to find."""
    order_ids = [job.subject_id for job in jobs]
    charges = await db.run(lambda tx: charge_orders(tx, order_ids, now, tell_missing=False))
    outcomes: list[JobOutcome] = []
    for order_id in order_ids:
        missing = charges[order_id].missing_minor if order_id in charges else 0
        if missing:
            outcomes.append(
                Dead(
                    f"{missing} (minor units) is to be captured and nothing is authorized. "
                    "Add a payment, then try again.",
                    {"missing_minor": missing},
                )
            )
        else:
            outcomes.append(Done({"missing_minor": 0}))
    return outcomes


async def _make_calls(
    db: Database,
    movements: Sequence[OpenMovement],
    asked_about: set[UUID],
    now: datetime,
) -> None:
    """Look up movements that may be done, call for the others, and settle all answers at once."""
    known = gateways(db)
    answers: list[tuple[OpenMovement, Reply]] = []
    groups: dict[tuple[str, str], list[OpenMovement]] = {}
    for each in movements:
        groups.setdefault((each.gateway, each.kind), []).append(each)
    for (name, kind), group in groups.items():
        gateway = known.get(name)
        if gateway is None:
            # What it was asked before may be done, so only what it never was is refused.
            answers += [
                (
                    each,
                    Reply(
                        MovementState.UNKNOWN
                        if each.movement_id in asked_about
                        else MovementState.FAILED,
                        code="gateway_unknown",
                        message=f"No gateway called {name!r} is installed.",
                    ),
                )
                for each in group
            ]
            continue
        to_find = [each for each in group if each.movement_id in asked_about]
        to_call = [each for each in group if each.movement_id not in asked_about]
        for movement, found in zip(
            to_find, await _look_up(gateway, [ask_of(m) for m in to_find], now), strict=True
        ):
            if found is None:
                to_call.append(movement)
            else:
                answers.append((movement, found))
        replies = await _call(gateway, MovementKind(kind), [ask_of(m) for m in to_call], now)
        answers += zip(to_call, replies, strict=True)
    settled = [
        settled_by(movement.order_id, movement.movement_id, movement.kind, reply, now)
        for movement, reply in answers
    ]
    await db.run(lambda tx: settle_answers(tx, settled, now))


async def _look_up(gateway: Gateway, asks: Sequence[Ask], now: datetime) -> Sequence[Reply | None]:
    if not asks:
        return ()
    try:
        found = await gateway.look_up(asks, now)
        assert len(found) == len(asks), "one answer for each call"
    except Exception as error:  # noqa: BLE001  (whatever it was, nothing is known)
        return [_unknown(gateway, error)] * len(asks)
    return found


async def _call(
    gateway: Gateway, kind: MovementKind, asks: Sequence[Ask], now: datetime
) -> Sequence[Reply]:
    if not asks:
        return ()
    call = {
        MovementKind.AUTHORIZE: gateway.authorize,
        MovementKind.CAPTURE: gateway.capture,
        MovementKind.VOID: gateway.void,
        MovementKind.REFUND: gateway.refund,
    }[kind]
    try:
        replies = await call(asks, now)
        assert len(replies) == len(asks), "one answer for each call"
    except Exception as error:  # noqa: BLE001  (whatever it was, nobody knows what was done)
        return [_unknown(gateway, error)] * len(asks)
    return replies


def _unknown(gateway: Gateway, error: Exception) -> Reply:
    log.error("gateway_failed", gateway=gateway.name, exc_info=error)
    return Reply(MovementState.UNKNOWN, message=f"{type(error).__name__}: {error}"[:500])


async def reconcile_movements(
    db: Database, movements: Sequence[OpenMovement], now: datetime
) -> Mapping[UUID, OpenMovement]:
    """Ask gateways about movements that are not settled; return them as they stand after.

    One that its gateway never heard of is called for again, under the same key, so that even a call
    that is still on its way is not done twice.
    """
    if not movements:
        return {}
    asked_about = {each.movement_id for each in movements}
    await _make_calls(db, movements, asked_about, now)
    async with db.reading() as tx:
        return await ledger.load_movements(
            tx, [(each.order_id, each.movement_id) for each in movements]
        )
