"""The rules of exceptions: open ones can be taken, retried, resolved or ignored, each once."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from argosy.exceptions.model import Ask, ExceptionStatus, ProcessException, Refusal
from argosy.kernel.refusals import Refused


class Move(Struct, frozen=True):
    """What becomes of an exception."""

    exception_id: UUID
    verb: str
    status: ExceptionStatus
    owner: str | None
    resolution: str | None


def decide_asks(
    asks: Sequence[Ask], found: Mapping[UUID, ProcessException]
) -> list[Move | Refused]:
    """Decide each ask over the exceptions that exist; one outcome each, in order.

    Of several asks about the same exception the first counts.
    """
    seen: set[UUID] = set()
    decided: list[Move | Refused] = []
    for ask in asks:
        if ask.exception_id in seen:
            detail = "The batch asks for it twice; the first one counts."
            decided.append(Refused(Refusal.EXCEPTION_CHANGED_MEANWHILE, detail))
            continue
        seen.add(ask.exception_id)
        decided.append(_decide(ask, found.get(ask.exception_id)))
    return decided


def _decide(ask: Ask, present: ProcessException | None) -> Move | Refused:
    if present is None:
        detail = "There is no such exception; GET /v1/exceptions lists them."
        return Refused(Refusal.EXCEPTION_NOT_FOUND, detail)
    if ask.version is not None and ask.version != present.version:
        return Refused(
            Refusal.EXCEPTION_CHANGED_MEANWHILE,
            f"It is at version {present.version} now, not {ask.version}: read it again.",
            facts={"version": present.version},
        )
    if present.status != "open":
        detail = f"It is {present.status} already, by {present.resolved_by}."
        return Refused(Refusal.EXCEPTION_IS_CLOSED, detail, facts={"status": present.status})
    if ask.verb == "assign":
        return Move(ask.exception_id, "assign", "open", ask.text, None)
    if ask.verb == "retry":
        if present.step is None:
            detail = "Nothing can be tried again here: put it right and resolve it."
            return Refused(Refusal.NOTHING_TO_RETRY, detail)
        resolution = ask.text or f"{present.step} is tried again."
        return Move(ask.exception_id, "retry", "resolved", present.owner, resolution)
    status: ExceptionStatus = "ignored" if ask.verb == "ignore" else "resolved"
    return Move(ask.exception_id, ask.verb, status, present.owner, ask.text)
