"""One run over a file: batches, progress that survives a kill, rejected records, a summary."""

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

from msgspec import Struct

from argosy.imports import store
from argosy.imports.model import Rejected, Summary
from argosy.imports.rejects import Rejects
from argosy.imports.store import Progress
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database

R = TypeVar("R")


class Taken(Struct, frozen=True):
    """A record that stands now; `change` is made, changed or known."""

    change: str


Fate = Taken | Rejected
Take = Callable[[list[R]], Awaitable[list[Fate]]]
Told = Callable[[Summary], None]  # Hears how far a run is, after every batch.


class Batching(Struct, Generic[R], frozen=True):
    """How records are put together: at most `most` of them, weighing `heaviest` in all."""

    most: int
    heaviest: int
    weight: Callable[[R], int]


def batches(records: Iterator[R], how: Batching[R]) -> Iterator[list[R]]:
    """Return records in batches; a record heavier than the limit goes alone."""
    batch: list[R] = []
    weight = 0
    for record in records:
        own = how.weight(record)
        if batch and (len(batch) >= how.most or weight + own > how.heaviest):
            yield batch
            batch, weight = [], 0
        batch.append(record)
        weight += own
    if batch:
        yield batch


def _quiet(_: Summary) -> None:
    """Hear nothing."""


class Run(Struct, Generic[R]):
    """A file to be imported: its records in an order that never changes, and who takes them.

    `records(skip)` leaves the first `skip` records out; `take` gives one fate for each of a batch
    and must be repeatable, for a batch whose progress was not written down is taken again.
    """

    kind: str
    source: Path
    digest: bytes
    records: Callable[[int], Iterator[R]]
    take: Take[R]
    batching: Batching[R]

    async def go(
        self,
        db: Database,
        clock: Clock,
        rejects: Path,
        *,
        told: Told = _quiet,
        stopped: Callable[[], bool] = lambda: False,
        dry_run: bool = False,
    ) -> Summary:
        """Take every record that is left; returns early, between two batches, when `stopped`.

        Raises FileUnusable when the file cannot be read on. A dry run writes down no progress and
        no rejected records.
        """
        summary = Summary(self.kind, str(self.source), dry_run=dry_run)
        began = time.monotonic()
        if dry_run:
            await self._over(summary, Progress(), 0, told, stopped, None)
        else:
            with Rejects(rejects) as file:
                progress = await self._resumed(db, clock, file)
                _copy(progress, summary)
                summary.resumed_after = progress.records

                async def written(rejected: Sequence[Rejected], *, finished: bool = False) -> None:
                    file.write(rejected)
                    progress.rejected_bytes = file.size
                    async with db.transaction() as tx:
                        await store.note_import(
                            tx, self.digest, progress, clock.now(), finished=finished
                        )

                skip = progress.records
                await self._over(summary, progress, skip, told, stopped, written)
                if summary.finished:
                    await written([], finished=True)
                summary.rejected_file = str(file.path) if file.size else None
        summary.seconds = round(time.monotonic() - began, 3)
        told(summary)
        return summary

    async def _resumed(self, db: Database, clock: Clock, file: Rejects) -> Progress:
        """Return how far an earlier run came; the rejected records must be those it wrote."""
        async with db.transaction() as tx:
            earlier = await store.find_import(tx, self.digest)
            anew = earlier is not None and (earlier[1] or file.size < earlier[0].rejected_bytes)
            if file.size and (earlier is None or (anew and file.size != earlier[0].rejected_bytes)):
                file.set_aside()
            progress = await store.start_import(
                tx, self.digest, self.kind, self.source.name, clock.now(), anew=anew
            )
        file.cut(progress.rejected_bytes)
        return progress

    async def _over(
        self,
        summary: Summary,
        progress: Progress,
        skip: int,
        told: Told,
        stopped: Callable[[], bool],
        written: Callable[[Sequence[Rejected]], Awaitable[None]] | None,
    ) -> None:
        for batch in batches(self.records(skip), self.batching):
            if stopped():
                return
            fates = await self.take(batch)
            rejected = [fate for fate in fates if isinstance(fate, Rejected)]
            progress.records += len(fates)
            progress.refused += len(rejected)
            for fate in fates:
                if isinstance(fate, Taken):
                    progress.known += fate.change == "known"
                    progress.made += fate.change != "known"
                    summary.changed += fate.change == "changed"
            for each in rejected:
                for code in {fault.code for fault in each.errors}:
                    summary.reasons[code] = summary.reasons.get(code, 0) + 1
            _copy(progress, summary)
            if written is not None:
                await written(rejected)
            told(summary)
        summary.finished = True


def _copy(progress: Progress, summary: Summary) -> None:
    summary.records = progress.records
    summary.made = progress.made
    summary.known = progress.known
    summary.refused = progress.refused


def skipped(records: Iterator[R], skip: int) -> Iterator[R]:
    """Return `records` without the first `skip`."""
    return islice(records, skip, None)
