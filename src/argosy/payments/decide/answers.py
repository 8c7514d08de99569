"""What follows from the answer to a call; pure."""

from datetime import datetime
from uuid import UUID

from argosy.kernel.outcomes import Dead, Done, JobOutcome, Retry
from argosy.payments.model.gateway import EXPIRED, FINAL, Ask, MovementKind, MovementState, Reply
from argosy.payments.model.money import OpenMovement, Settled

_SLOW_SECONDS = 30.0
_HOUR = 3600.0


def ask_of(movement: OpenMovement) -> Ask:
    """Return what the gateway is told of a movement."""
    authorizes = movement.kind == MovementKind.AUTHORIZE
    return Ask(
        key=str(movement.movement_id),
        kind=MovementKind(movement.kind),
        order_id=movement.order_id,
        amount_minor=movement.amount_minor,
        currency=movement.currency,
        method=movement.method,
        token=movement.token,
        reference=movement.renewed_ref if authorizes else movement.authorization_ref,
    )


def settled_by(
    order_id: UUID, movement_id: UUID, kind: str, reply: Reply, now: datetime
) -> Settled:
    """Return what a gateway's answer says of a movement.

    A success over nothing is a failure. A failed capture for an expired authorization says when it
    expired, so that it is not asked again.
    """
    state, code, expires_at = reply.state, reply.code, reply.expires_at
    nothing = reply.amount_minor is not None and reply.amount_minor <= 0
    if state is MovementState.SUCCEEDED and nothing:
        state, code = MovementState.FAILED, "nothing_was_done"
    if kind == MovementKind.CAPTURE:
        expires_at = now if state is MovementState.FAILED and code == EXPIRED else None
    return Settled(
        order_id=order_id,
        movement_id=movement_id,
        state=state.value,
        amount_minor=reply.amount_minor,
        reference=reply.reference,
        code=code,
        message=reply.message,
        expires_at=expires_at,
    )


def is_asked_about(movement: OpenMovement, attempts: int) -> bool:
    """Return whether a movement is looked up before it is asked for, because it may be done."""
    return (
        attempts > 1
        or movement.state != MovementState.PENDING
        or (movement.gateway_reference is not None)
    )


def is_put_back(movement: OpenMovement, attempts: int) -> bool:
    """Return whether somebody has put back the job of a refused movement, to have it done anew.

    A movement can only have been refused before the first attempt of its job when attempts are
    counted anew.
    """
    return (
        attempts == 1
        and movement.state == MovementState.FAILED
        and movement.kind != MovementKind.AUTHORIZE
        and movement.code != EXPIRED
    )


def outcome_of(movement: OpenMovement, attempts: int) -> JobOutcome:
    """Return what becomes of the job of a movement, as the movement stands now.

    A refused authorization is an answer (the order is held for it); a refused capture, void or
    refund is a failed job, which a person may have done again.
    """
    result = {
        "movement_id": str(movement.movement_id),
        "state": movement.state,
        "amount_minor": movement.amount_minor,
        "currency": movement.currency,
        "reference": movement.gateway_reference,
        "code": movement.code,
        "message": movement.message,
    }
    if movement.state == MovementState.SUCCEEDED:
        return Done(result)
    if movement.state == MovementState.FAILED:
        if movement.kind == MovementKind.AUTHORIZE or movement.code == EXPIRED:
            return Done(result)
        why = movement.message or movement.code or "The gateway refused it."
        return Dead(f"The {movement.kind} was refused: {why}", result)
    pause = min(_HOUR, _SLOW_SECONDS * 2 ** (attempts - 1))
    if movement.state == MovementState.UNKNOWN:
        pause = min(_HOUR, 5.0 * 2 ** (attempts - 1))
    why = movement.message or "The gateway has not decided yet."
    return Retry(f"The {movement.kind} is {movement.state}: {why}", pause)


def is_final(state: str) -> bool:
    """Return whether nothing more is to be heard of a movement."""
    return state in FINAL
