"""What answers about price lists, prices and codes have in common."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from msgspec import Meta

from argosy.kernel.database import Database, Tx
from argosy.kernel.http import BatchOutcome, Outcomes, note_of, refuse
from argosy.kernel.refusals import Refused
from argosy.promotions.model import Outcome, Refusal, Taken

Text = Annotated[str, Meta(min_length=1, max_length=200)]
_CONFLICTS = frozenset({Refusal.CODE_TAKEN, Refusal.CODE_FIXED, Refusal.LIMIT_BELOW_USES})


class PriceOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of a row: `change` is created, changed, unchanged or removed."""

    code: str
    change: str | None = None


def taken(outcome: Outcome) -> Taken:
    """Return what was taken; raises the problem of a refusal."""
    if isinstance(outcome, Refused):
        refuse(outcome, status=409 if outcome.code in _CONFLICTS else 422)
    return outcome


def outcomes_of(codes: Sequence[str], outcomes: Sequence[Outcome]) -> Outcomes[PriceOutcome]:
    """Return the outcomes of a batch as they are answered."""
    return Outcomes(
        [
            PriceOutcome(index=index, status="refused", code=code, problem=note_of(outcome))
            if isinstance(outcome, Refused)
            else PriceOutcome(index=index, status="done", code=code, change=outcome.change)
            for index, (code, outcome) in enumerate(zip(codes, outcomes, strict=True))
        ]
    )


class _Tried(Exception):  # noqa: N818  (it names what happened)
    """Ends the transaction of a preview; carries what would have come of it."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("tried")
        self.outcomes = outcomes


async def tried(db: Database, work: Callable[[Tx], Awaitable[list[Outcome]]]) -> list[Outcome]:
    """Return what would come of a command, and keep nothing of it."""

    async def try_it(tx: Tx) -> list[Outcome]:
        raise _Tried(await work(tx))

    try:
        return await db.run(try_it)
    except _Tried as result:
        return result.outcomes
