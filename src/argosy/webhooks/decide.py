"""The rules of webhooks: what is wanted, what is sent, what an answer means, when to stop."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct
from standardwebhooks.webhooks import Webhook

from argosy.webhooks.model import Outgoing

MOST_TRIES = 16  # In a round: about 28 hours.
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 6 * 3600.0
LONGEST_RETRY_AFTER_SECONDS = 24 * 3600
PAUSE_AFTER_FAILURES = 20  # In a row, without a success between them,
PAUSE_AFTER = timedelta(hours=1)  # and over at least this time.
GONE = 410
MOST_ENDPOINTS = 500
MOST_REPLAYED = 50_000
SECRET_PREFIX = "whsec_"  # noqa: S105  (what every secret begins with)


def like_pattern(glob: str) -> str:
    """Return the LIKE pattern of an event glob: only `*` is special in it."""
    escaped = glob.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")


def shown_secret(secret: bytes) -> str:
    """Return a secret in the form of Standard Webhooks."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def envelope(delivery: Outgoing) -> bytes:
    """Return the body to be sent: CloudEvents fields around the event row's own body.

    The same delivery gives the same bytes at each attempt.
    """
    fields: dict[str, object] = {
        "specversion": "1.0",
        "id": delivery.event_id,
        "source": "/argosy",
        "type": delivery.event_name,
        "subject": delivery.subject_id,
        "time": delivery.occurred_at,
        "datacontenttype": "application/json",
        "aggregateversion": delivery.subject_version,
        "position": delivery.position,
        "deliveryid": delivery.delivery_id,
    }
    if delivery.channel_id is not None:
        fields["channelid"] = delivery.channel_id
    return msgspec.json.encode({**fields, "data": msgspec.Raw(delivery.body.encode())})


def signed_headers(
    delivery_id: UUID, body: bytes, secrets: Sequence[bytes], now: datetime
) -> dict[str, str]:
    """Return the headers of one attempt; each live secret signs."""
    message_id = str(delivery_id)
    signatures = [Webhook(secret).sign(message_id, now, body.decode()) for secret in secrets]
    return {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def seconds_of(retry_after: str | None, now: datetime) -> int | None:
    """Return what a Retry-After header asks for in seconds, at most a day; None when nothing."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        wait = int((moment - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, 0), LONGEST_RETRY_AFTER_SECONDS)


class Verdict(Struct, frozen=True):
    """What an attempt means for its delivery."""

    state: Literal["pending", "delivered", "failed"]
    pause_seconds: float | None
    gone: bool = False


def judge_attempt(
    status: int | None, retry_after_seconds: int | None, tries: int, *, jitter: float
) -> Verdict:
    """Judge the try numbered `tries` of its round; `jitter` is in [0, 1).

    Only a 2xx is a delivery. The pause doubles with each try, give or take a quarter, and is never
    shorter than the receiver asks for.
    """
    if status is not None and 200 <= status < 300:
        return Verdict("delivered", None)
    if tries >= MOST_TRIES:
        return Verdict("failed", None, gone=status == GONE)
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (tries - 1))
    pause *= 0.75 + jitter / 2
    return Verdict("pending", max(pause, retry_after_seconds or 0), gone=status == GONE)


class Health(Struct, frozen=True):
    """What a batch of attempts says about an endpoint; `failures` are those since a success."""

    endpoint_id: UUID
    succeeded: bool
    failures: int
    quiet_seconds: int
    gone: bool


def judge_health(endpoint_id: UUID, attempts: Sequence[tuple[Verdict, int | None]]) -> Health:
    """Sum up attempts (verdict, Retry-After in seconds) on one endpoint, in their order."""
    failures, succeeded, quiet, gone = 0, False, 0, False
    for verdict, retry_after in attempts:
        if verdict.state == "delivered":
            failures, succeeded = 0, True
        else:
            failures += 1
            quiet = max(quiet, retry_after or 0)
            gone = gone or verdict.gone
    return Health(endpoint_id, succeeded, failures, quiet, gone)
