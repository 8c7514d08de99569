"""Sending deliveries: load, call outside any transaction, write down what came of it."""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

import msgspec

from argosy import __version__
from argosy.exceptions import NewException, door as exceptions
from argosy.kernel.database import Database, Tx
from argosy.kernel.jobs import Job
from argosy.kernel.outcomes import Dead, Done, JobOutcome, Retry
from argosy.kernel.outgoing import Courier, Guard, NoReply, Reply, Resolve
from argosy.kernel.settings import Settings
from argosy.kernel.vault import SecretUnreadable, Vault, open_vault
from argosy.webhooks import store
from argosy.webhooks.decide import (
    Verdict,
    envelope,
    judge_attempt,
    judge_health,
    seconds_of,
    signed_headers,
)
from argosy.webhooks.model import Outgoing
from argosy.webhooks.store import Paused, Tried

RESUME_STEP = "webhooks.resume"  # What is tried again when an alert about a pause is.
AT_ONCE = 8  # Calls to one endpoint at a time.
SILENT_ENOUGH = 3  # Calls without an answer after which a batch leaves an endpoint alone.
BATCH_SECONDS = 60.0  # After which a batch begins no more calls; its lease is longer.


def purpose(endpoint_id: UUID) -> str:
    """Return what a secret of the endpoint is sealed for."""
    return f"webhook_secret:{endpoint_id}"


class Sending(msgspec.Struct, frozen=True):
    """What sending needs of the installation."""

    vault: Vault
    guard: Guard
    timeout_seconds: float

    @classmethod
    def under(cls, settings: Settings, *, resolve: Resolve, timeout_seconds: float) -> Self:
        """Return how to send under `settings`."""
        guard = Guard(settings.outgoing_allow, resolve=resolve)
        return cls(open_vault(settings), guard, timeout_seconds)


class Sent(msgspec.Struct, frozen=True):
    """A delivery that was tried, what came back, and what it means."""

    job: Job
    outgoing: Outgoing
    answer: Reply | NoReply
    retry_after: int | None
    verdict: Verdict


async def deliver(
    db: Database, jobs: Sequence[Job], now: datetime, sending: Sending
) -> list[JobOutcome]:
    """Send the deliveries that `jobs` ask for; return one outcome each."""
    keys = [(UUID(job.body["endpoint_id"]), job.subject_id) for job in jobs]
    found = await db.run(lambda tx: store.find_deliveries(tx, keys, now))
    outcomes: dict[UUID, JobOutcome] = {}
    held: list[Outgoing] = []
    due: list[tuple[Job, Outgoing]] = []
    for job, outgoing in zip(jobs, found, strict=True):
        if outgoing is None or outgoing.state in {"delivered", "canceled"}:
            outcomes[job.job_id] = Done({"sent": False})
        elif outgoing.round != job.body["round"]:
            outcomes[job.job_id] = Done({"sent": False, "superseded": True})
        elif outgoing.endpoint_state != "active":
            held.append(outgoing)
            outcomes[job.job_id] = Done({"sent": False, "held": True})
        elif outgoing.quiet_until is not None and outgoing.quiet_until > now:
            wait = (outgoing.quiet_until - now).total_seconds()
            outcomes[job.job_id] = Retry("The endpoint asked for quiet.", wait + _jitter())
        else:
            due.append((job, outgoing))
    sent = await _send_all(due, now, sending)
    outcomes |= {each.job.job_id: _outcome_of(each) for each in sent}

    async def write(tx: Tx) -> None:
        if held:
            await store.hold_deliveries(tx, held)
        if sent:
            await _record(tx, sent, now)

    if held or sent:
        await db.run(write)
    later = "Calls before it had no answer."
    return [outcomes.get(job.job_id) or Retry(later, 10 * (1 + _jitter())) for job in jobs]


def _jitter() -> float:
    return random.random()  # noqa: S311  (it spreads load; nobody gains by guessing it)


async def _send_all(
    due: Sequence[tuple[Job, Outgoing]], now: datetime, sending: Sending
) -> list[Sent]:
    """Send what is due, endpoints side by side; some of it may be left for later."""
    by_endpoint: dict[UUID, list[tuple[Job, Outgoing]]] = {}
    for each in due:
        by_endpoint.setdefault(each[1].endpoint_id, []).append(each)
    until = time.monotonic() + BATCH_SECONDS
    async with Courier(
        sending.guard,
        timeout_seconds=sending.timeout_seconds,
        user_agent=f"Argosy-Webhooks/{__version__}",
    ) as courier:
        lanes = await asyncio.gather(
            *(_send_lane(each, now, sending, courier, until) for each in by_endpoint.values())
        )
    return [sent for lane in lanes for sent in lane]


async def _send_lane(
    lane: Sequence[tuple[Job, Outgoing]],
    now: datetime,
    sending: Sending,
    courier: Courier,
    until: float,
) -> list[Sent]:
    """Send what one endpoint gets, a few at a time, in order; stop when it keeps silent."""
    secrets = _unsealed(lane[0][1], sending.vault)
    sent: list[Sent] = []
    silent = 0
    for first in range(0, len(lane), AT_ONCE):
        if silent >= SILENT_ENOUGH or time.monotonic() >= until:
            break
        step = lane[first : first + AT_ONCE]
        answers = await asyncio.gather(
            *(_send(outgoing, secrets, now, courier) for _, outgoing in step)
        )
        for (job, outgoing), answer in zip(step, answers, strict=True):
            sent.append(_judged(job, outgoing, answer, now))
            silent += isinstance(answer, NoReply)
        if any(each.retry_after for each in sent[first:]):
            break  # It asked for quiet.
    return sent


def _unsealed(outgoing: Outgoing, vault: Vault) -> list[bytes] | NoReply:
    """Return the secrets that sign; one endpoint's unreadable ones are no other's misfortune."""
    try:
        return [vault.unseal(each, purpose(outgoing.endpoint_id)) for each in outgoing.secrets]
    except SecretUnreadable as error:
        return NoReply("secret_unreadable", str(error), None, 0)


async def _send(
    outgoing: Outgoing, secrets: Sequence[bytes] | NoReply, now: datetime, courier: Courier
) -> Reply | NoReply:
    if isinstance(secrets, NoReply):
        return secrets
    body = envelope(outgoing)
    headers = signed_headers(outgoing.delivery_id, body, secrets, now)
    return await courier.post(outgoing.url, body, headers)


def _judged(job: Job, outgoing: Outgoing, answer: Reply | NoReply, now: datetime) -> Sent:
    status = answer.status if isinstance(answer, Reply) else None
    failed = status is None or not 200 <= status < 300
    asked = answer.retry_after if isinstance(answer, Reply) and failed else None
    retry_after = seconds_of(asked, now)
    verdict = judge_attempt(status, retry_after, outgoing.tries + 1, jitter=_jitter())
    return Sent(job, outgoing, answer, retry_after, verdict)


def _error_of(sent: Sent) -> str | None:
    if isinstance(sent.answer, NoReply):
        return f"{sent.answer.code}: {sent.answer.detail}"
    if sent.verdict.state == "delivered":
        return None
    followed = " Redirects are not followed." if 300 <= sent.answer.status < 400 else ""
    return f"It answered {sent.answer.status}.{followed}"


def _outcome_of(sent: Sent) -> JobOutcome:
    error = _error_of(sent)
    if error is None:
        assert isinstance(sent.answer, Reply), "only an answer is a success"
        return Done({"sent": True, "status": sent.answer.status})
    if sent.verdict.state == "failed":
        name = sent.outgoing.event_name
        return Dead(f"{name} could not be delivered to {sent.outgoing.url}: {error}")
    return Retry(error, sent.verdict.pause_seconds)


async def _record(tx: Tx, sent: Sequence[Sent], now: datetime) -> None:
    """Write down attempts; ask a person about endpoints that were paused."""
    by_endpoint: dict[UUID, list[tuple[Verdict, int | None]]] = {}
    for each in sent:
        of_endpoint = by_endpoint.setdefault(each.outgoing.endpoint_id, [])
        of_endpoint.append((each.verdict, each.retry_after))
    health = [judge_health(each, by_endpoint[each]) for each in sorted(by_endpoint)]
    paused = await store.record_attempts(tx, [_tried(each, now) for each in sent], health, now)
    await exceptions.open_exceptions(tx, [_alert(each) for each in paused], now)


def _tried(sent: Sent, now: datetime) -> Tried:
    outgoing, answer, pause = sent.outgoing, sent.answer, sent.verdict.pause_seconds
    return Tried(
        endpoint_id=outgoing.endpoint_id,
        delivery_id=outgoing.delivery_id,
        round=outgoing.round,
        state=sent.verdict.state,
        next_attempt_at=None if pause is None else now + timedelta(seconds=pause),
        duration_ms=answer.duration_ms,
        url=outgoing.url,
        address=answer.address,
        status_code=answer.status if isinstance(answer, Reply) else None,
        error=_error_of(sent),
        response_body=answer.body if isinstance(answer, Reply) else None,
        retry_after_seconds=sent.retry_after,
    )


def _alert(paused: Paused) -> NewException:
    return NewException(
        category="webhook",
        subject_kind="webhook_endpoint",
        subject_id=paused.endpoint_id,
        order_id=None,
        message=f"The webhook endpoint {paused.url} was paused. {paused.pause_reason}",
        facts={"url": paused.url, "reason": paused.pause_reason},
        step=RESUME_STEP,
        severity="high",
    )
