"""How rows are saved over HTTP: one new, one replaced at a version, many, or only tried."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Protocol

from msgspec import Meta

from argosy.catalogue import store
from argosy.catalogue.model import Outcome, Refusal, Taken
from argosy.identity import Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database, Tx
from argosy.kernel.http import BatchOutcome, Outcomes, check_version, not_found, note_of, refuse
from argosy.kernel.refusals import Refused

Text = Annotated[str, Meta(min_length=1, max_length=200)]

CONFLICTS = frozenset({Refusal.CODE_TAKEN, Refusal.CODE_FIXED, Refusal.BARCODE_TAKEN})


class RowOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of a row: `change` is created, changed or unchanged."""

    code: str
    version: int | None = None
    change: str | None = None


class Command(Protocol):
    """A command that takes rows and returns one outcome for each."""

    def __call__(
        self, tx: Tx, rows: Any, *, by: Actor, now: datetime, only_new: bool = False
    ) -> Awaitable[list[Outcome]]:
        """Take rows."""
        ...


class Numbered(Protocol):
    """What is read back: it has a code and a version."""

    @property
    def code(self) -> str:
        """The code."""
        ...

    @property
    def version(self) -> int:
        """The version."""
        ...


def taken(outcome: Outcome) -> Taken:
    """Return what was taken; raises the problem of a refusal."""
    if isinstance(outcome, Refused):
        refuse(outcome, status=409 if outcome.code in CONFLICTS else 422)
    return outcome


def outcomes_of(codes: Sequence[str], outcomes: Sequence[Outcome]) -> Outcomes[RowOutcome]:
    """Return the outcomes of a batch as they are answered."""
    return Outcomes(
        [
            RowOutcome(index=index, status="refused", code=code, problem=note_of(outcome))
            if isinstance(outcome, Refused)
            else RowOutcome(
                index=index,
                status="done",
                code=outcome.code,
                version=outcome.version,
                change=outcome.change,
            )
            for index, (code, outcome) in enumerate(zip(codes, outcomes, strict=True))
        ]
    )


async def create(db: Database, clock: Clock, actor: Actor, command: Command, row: Any) -> Taken:
    """Take one row whose code is new; raises the problem of a refusal."""
    now = clock.now()
    done = await db.run(lambda tx: command(tx, [row], by=actor, now=now, only_new=True))
    return taken(done[0])


async def upsert(
    db: Database, clock: Clock, actor: Actor, command: Command, rows: Sequence[Any]
) -> Outcomes[RowOutcome]:
    """Take many rows, one outcome each."""
    now = clock.now()
    done = await db.run(lambda tx: command(tx, rows, by=actor, now=now))
    return outcomes_of([row.code for row in rows], done)


async def replace(
    db: Database,
    clock: Clock,
    actor: Actor,
    command: Command,
    find: Callable[[Tx], Awaitable[Numbered | None]],
    row: Any,
    if_match: int | None,
    what: str,
) -> Taken:
    """Take one row for what is there, when it is at the version `if_match`.

    Raises 404 (there is none), 412 (another version), or the problem of a refusal.
    """
    now = clock.now()

    async def work(tx: Tx) -> Outcome:
        await store.lock_catalogue(tx)
        present = await find(tx)
        if present is None:
            not_found(what)
        check_version(if_match, present.version)
        if present.code != row.code:
            detail = f"It is called {present.code!r}; a SKU is renamed by POST /v1/skus/rename."
            return Refused(Refusal.CODE_FIXED, detail, "/code")
        return (await command(tx, [row], by=actor, now=now))[0]

    return taken(await db.run(work))


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
