"""Who hears what, which jobs exist, and what comes due by itself: one table for the whole house."""

import importlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.util import find_spec
from typing import Any

import msgspec

from argosy.exceptions import NewException, door as exceptions
from argosy.kernel import jobs as kernel_jobs
from argosy.kernel.database import Tx
from argosy.kernel.jobs import DeadJob, JobKind
from argosy.kernel.readers import Reader
from argosy.kernel.schedules import Sweep

_ORDERLESS = frozenset({"webhook"})  # Categories whose jobs are about something else than an order.
_CONTEXTS = (
    "identity",
    "catalogue",
    "customers",
    "inventory",
    "payments",
    "promotions",
    "orders",
    "fulfillment",
    "webhooks",
    "exceptions",
)


def _rooms() -> Iterator[Any]:
    for name in _CONTEXTS:
        if find_spec(f"argosy.{name}") and find_spec(f"argosy.{name}.jobs"):
            yield importlib.import_module(f"argosy.{name}.jobs")


class Wiring(msgspec.Struct, frozen=True):
    """Everything a worker runs."""

    readers: tuple[Reader, ...]
    job_kinds: tuple[JobKind, ...]
    sweeps: tuple[Sweep, ...]


def whole_house() -> Wiring:
    """Return the wiring of every context; names are unique, which is checked here."""
    rooms = list(_rooms())
    readers = tuple(reader for context in rooms for reader in context.READERS)
    kinds = tuple(kind for context in rooms for kind in context.JOB_KINDS)
    sweeps = (
        kernel_jobs.SWEEP,
        *(sweep for context in rooms for sweep in context.SWEEPS),
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
