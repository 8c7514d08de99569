"""Who hears what, which jobs exist, and what comes due by itself: one table for the whole house."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from argosy.exceptions import NewException, door as exceptions
from argosy.fulfillment import jobs as fulfillment
from argosy.identity import jobs as identity
from argosy.inventory import jobs as inventory
from argosy.kernel import jobs as kernel
from argosy.kernel.database import Tx
from argosy.kernel.jobs import DeadJob, JobKind
from argosy.kernel.readers import Reader
from argosy.kernel.schedules import Sweep
from argosy.orders import jobs as orders
from argosy.payments import jobs as payments
from argosy.webhooks import jobs as webhooks

# Who has work in the background; contexts that have none have no such room.
_ROOMS = (identity, inventory, payments, orders, fulfillment, webhooks)
_ORDERLESS = frozenset({"webhook"})  # Categories whose jobs are about something else than an order.


class Wiring(msgspec.Struct, frozen=True):
    """Everything a worker runs."""

    readers: tuple[Reader, ...]
    job_kinds: tuple[JobKind, ...]
    sweeps: tuple[Sweep, ...]


def whole_house() -> Wiring:
    """Return the wiring of every context; names are unique, which is checked here."""
    readers = tuple(reader for room in _ROOMS for reader in room.READERS)
    kinds = tuple(kind for room in _ROOMS for kind in room.JOB_KINDS)
    sweeps = (
        kernel.SWEEP,
        *(sweep for room in _ROOMS for sweep in room.SWEEPS),
    )
    for names in (
        [reader.name for reader in readers],
        [kind.kind for kind in kinds],
        [sweep.name for sweep in sweeps],
    ):
        assert len(names) == len(set(names)), f"a name is used twice: {sorted(names)}"
    return Wiring(readers, kinds, sweeps)


async def bury_jobs(tx: Tx, dead: Sequence[DeadJob], now: datetime) -> None:
    """Open a process exception for each job that was given up, with the step to retry."""
    await exceptions.open_exceptions(
        tx,
        [
            NewException(
                category=each.category,
                subject_kind="job",
                subject_id=each.job.job_id,
                order_id=None if each.category in _ORDERLESS else each.job.subject_id,
                message=f"{each.job.kind} was given up: {each.reason}",
                facts={"kind": each.job.kind, "key": each.job.key, "attempts": each.job.attempts},
                step=each.job.kind,
                severity="high",
            )
            for each in dead
        ],
        now,
    )
