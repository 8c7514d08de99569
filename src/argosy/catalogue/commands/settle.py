"""What all changes of the catalogue share: write what differs, and say what became of each row."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from argosy.catalogue.model import Change, Outcome, Refusal, Taken
from argosy.identity import Actor, AuditChange, door as identity
from argosy.kernel.database import Tx
from argosy.kernel.refusals import Refused

R = TypeVar("R")


async def settle(
    tx: Tx,
    noun: str,
    decided: Sequence[R | Refused],
    known: Mapping[str, tuple[R, int]],
    write: Callable[[Sequence[R]], Awaitable[Mapping[str, int]]],
    *,
    subject: Callable[[R], UUID | None],
    only_new: bool,
    by: Actor,
    now: datetime,
) -> list[Outcome]:
    """Write the records that are new or differ from what is `known` by code; one outcome each.

    `only_new` refuses codes that exist. Records have a `code`; what was changed is audited.
    """
    outcomes: list[Outcome | None] = []
    writing: list[Any] = []
    for record in decided:
        if isinstance(record, Refused):
            outcomes.append(record)
            continue
        code = _code(record)
        before = known.get(code)
        if before is not None and only_new:
            detail = f"There is a {noun.replace('_', ' ')} called {code!r} already."
            outcomes.append(Refused(Refusal.CODE_TAKEN, detail, "/code"))
        elif before is not None and before[0] == record:
            outcomes.append(Taken(code, subject(record), before[1], "unchanged"))
        else:
            outcomes.append(None)
            writing.append(record)
    versions = await write(writing) if writing else {}
    audited = []
    written = iter(writing)
    for index, outcome in enumerate(outcomes):
        if outcome is None:
            record = next(written)
            code, before = _code(record), known.get(_code(record))
            change: Change = "created" if before is None else "changed"
            subject_id = subject(record)
            outcomes[index] = Taken(code, subject_id, versions[code], change)
            audited.append(
                AuditChange(
                    f"{noun}.{change}",
                    noun,
                    str(subject_id or code),
                    None if before is None else before[0],
                    record,
                )
            )
    await identity.audit_changes(tx, audited, by=by, now=now)
    return [outcome for outcome in outcomes if outcome is not None]


def _code(record: Any) -> str:
    code: str = record.code
    return code
