"""Sending again: single deliveries, and ranges of events; and showing what would be sent."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from argosy.identity import Actor, AuditChange
from argosy.identity.door import audit_changes
from argosy.kernel.database import Tx
from argosy.kernel.outgoing import Guard, Unreachable
from argosy.kernel.refusals import Refused
from argosy.webhooks import reads, store
from argosy.webhooks.commands.endpoints import NOT_FOUND
from argosy.webhooks.decide import MOST_REPLAYED, envelope, signed_headers
from argosy.webhooks.model import (
    DryRun,
    Endpoint,
    Outgoing,
    Refusal,
    Replayed,
    WouldSend,
)

_NO_DELIVERY = UUID(int=0)  # Stands for the id that a delivery gets when it is made.
_NO_SECRET = bytes(32)  # A dry run signs with nothing that is worth anything.


async def retry_deliveries(
    tx: Tx, delivery_ids: Sequence[UUID], *, by: Actor, now: datetime
) -> list[UUID | Refused]:
    """Queue deliveries again at once, delivered ones too; return one outcome each, in order."""
    wanted = sorted(set(delivery_ids))
    queued = await store.requeue_deliveries(tx, wanted, now)
    states = await store.find_delivery_states(tx, wanted) if len(queued) < len(wanted) else {}
    changes = [
        AuditChange("retry_webhook_delivery", "webhook_delivery", str(each))
        for each in sorted(queued)
    ]
    await audit_changes(tx, changes, by=by, now=now)
    return [each if each in queued else _refused(states.get(each), each) for each in delivery_ids]


def _refused(state: tuple[str, str] | None, delivery_id: UUID) -> Refused:
    if state is None or state[1] == "deleted":
        detail = f"There is no delivery {delivery_id}; GET /v1/webhook-deliveries lists them."
        return Refused(Refusal.WEBHOOK_DELIVERY_NOT_FOUND, detail)
    detail = "Its endpoint is paused: resume it, and what is held will be sent."
    return Refused(Refusal.ENDPOINT_IS_PAUSED, detail)


def check_range(first: int, last: int) -> Refused | None:
    """Say why positions `first` to `last` cannot be replayed at once, None when they can."""
    if last < first:
        detail = "`to_position` comes before `from_position`."
        return Refused(Refusal.RANGE_INVALID, detail, "/to_position")
    if last - first >= MOST_REPLAYED:
        detail = f"Up to {MOST_REPLAYED} positions are replayed at once; go on from there."
        facts = {"to_position": first + MOST_REPLAYED - 1}
        return Refused(Refusal.RANGE_INVALID, detail, "/to_position", facts)
    return None


async def replay_events(
    tx: Tx,
    endpoint_id: UUID,
    first: int,
    last: int,
    *,
    delivered_too: bool,
    by: Actor,
    now: datetime,
) -> Replayed | Refused:
    """Queue the events of a range for an endpoint, whether or not it existed when they happened."""
    refused = check_range(first, last)
    if refused is not None:
        return refused
    if await reads.find_endpoint(tx, endpoint_id) is None:
        return NOT_FOUND
    done = await store.replay_events(
        tx, endpoint_id, first, last, delivered_too=delivered_too, now=now
    )
    after = {"from_position": first, "to_position": last, **msgspec.structs.asdict(done)}
    change = AuditChange("replay_events", "webhook_endpoint", str(endpoint_id), None, after)
    await audit_changes(tx, [change], by=by, now=now)
    return done


async def dry_run(
    tx: Tx,
    endpoint: Endpoint,
    first: int,
    last: int,
    *,
    limit: int,
    now: datetime,
) -> list[WouldSend] | Refused:
    """Return what the endpoint would get of the events of a range, newest first; send nothing."""
    refused = check_range(first, last)
    if refused is not None:
        return refused
    events = await store.match_events(
        tx, endpoint.events, endpoint.channel_ids, first, last, limit=limit
    )
    return [_would_send(endpoint, event, now) for event in events]


def _would_send(endpoint: Endpoint, event: dict[str, object], now: datetime) -> WouldSend:
    outgoing = msgspec.convert(
        {
            **event,
            "endpoint_id": endpoint.endpoint_id,
            "delivery_id": _NO_DELIVERY,
            "round": 0,
            "state": "pending",
            "tries": 0,
            "url": endpoint.url,
            "endpoint_state": endpoint.state,
            "quiet_until": None,
            "secrets": [],
        },
        Outgoing,
    )
    body = envelope(outgoing)
    headers = signed_headers(_NO_DELIVERY, body, [_NO_SECRET], now)
    headers["webhook-signature"] = "v1,<signature>"
    return WouldSend(endpoint.url, headers, msgspec.json.decode(body))


async def look_ahead(guard: Guard, endpoint: Endpoint, requests: list[WouldSend]) -> DryRun:
    """Return a dry run with what stands in the way of its address, if anything does."""
    target = await guard.find_target(endpoint.url)
    why = f"{target.code}: {target.detail}" if isinstance(target, Unreachable) else None
    return DryRun(why, len(requests), requests)
