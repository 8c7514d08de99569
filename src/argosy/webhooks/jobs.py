"""Background work: every event is turned into deliveries, and deliveries are sent."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from argosy.identity import Actor
from argosy.kernel.database import Database, Tx
from argosy.kernel.jobs import Job, JobKind
from argosy.kernel.outcomes import JobOutcome
from argosy.kernel.outgoing import Resolve, resolve_host
from argosy.kernel.readers import EventRow, Reader
from argosy.kernel.schedules import Sweep
from argosy.kernel.settings import Settings, read_settings
from argosy.webhooks import store
from argosy.webhooks.commands.deliver import RESUME_STEP, Sending, deliver
from argosy.webhooks.commands.endpoints import resume_endpoint


async def _fan_out(tx: Tx, events: Sequence[EventRow], now: datetime) -> None:
    await store.fan_out(tx, events, now)


async def _hear_retries(tx: Tx, events: Sequence[EventRow], now: datetime) -> None:
    """Resume endpoints whose alert a person asked to try again."""
    asked = {
        UUID(event.body["subject_id"]): event.body["by"]
        for event in events
        if event.body["step"] == RESUME_STEP and event.body["subject_id"] is not None
    }
    for endpoint_id in sorted(asked):  # Rare, and each is asked for by a person.
        kind, _, name = str(asked[endpoint_id]).partition(":")
        by = msgspec.convert({"kind": kind, "name": name}, Actor)
        await resume_endpoint(tx, endpoint_id, by=by, now=now)


async def drop_expired_secrets(db: Database, now: datetime) -> int:
    """Drop secrets whose overlap is over; return how many."""
    return await db.run(lambda tx: store.drop_expired_secrets(tx, now))


def deliver_kind(
    settings: Callable[[], Settings],
    *,
    resolve: Resolve = resolve_host,
    timeout_seconds: float = 15,
) -> JobKind:
    """Return the kind of job that sends deliveries under `settings`, asked for at each batch.

    How often a delivery is tried is counted on the delivery: a job that finds its endpoint asked
    for quiet has not been a try.
    """

    async def run(db: Database, jobs: Sequence[Job], now: datetime) -> Sequence[JobOutcome]:
        sending = Sending.under(settings(), resolve=resolve, timeout_seconds=timeout_seconds)
        return await deliver(db, jobs, now, sending)

    return JobKind(
        kind="webhooks.deliver",
        run=run,
        batch=100,
        max_attempts=100_000,
        lease_seconds=180,
        longest_backoff_seconds=300,
        exception_category="webhook",
    )


READERS = (
    Reader(name="webhooks.fan_out", apply=_fan_out),
    Reader(
        name="webhooks.hear_retries",
        apply=_hear_retries,
        events=frozenset({"exception.retried.v1"}),
    ),
)
JOB_KINDS = (deliver_kind(read_settings),)
SWEEPS = (Sweep("webhooks.drop_expired_secrets", 300, drop_expired_secrets),)
