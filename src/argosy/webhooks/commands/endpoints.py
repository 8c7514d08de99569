"""Making, changing, pausing, resuming and deleting endpoints; rotating their secrets."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from argosy.catalogue import door as catalogue
from argosy.exceptions import door as exceptions
from argosy.identity import Actor, AuditChange
from argosy.identity.door import audit_changes
from argosy.kernel.database import Tx
from argosy.kernel.ids import id_at
from argosy.kernel.outgoing import Guard, Unreachable
from argosy.kernel.refusals import Refused
from argosy.kernel.vault import Vault
from argosy.webhooks import reads, store
from argosy.webhooks.commands.deliver import purpose
from argosy.webhooks.decide import MOST_ENDPOINTS, shown_secret
from argosy.webhooks.model import (
    Endpoint,
    EndpointSettings,
    EndpointState,
    MadeEndpoint,
    Refusal,
)

_SECRET_BYTES = 32
NOT_FOUND = Refused(Refusal.WEBHOOK_ENDPOINT_NOT_FOUND, "There is no such webhook endpoint.")


async def check_url(guard: Guard, url: str) -> Refused | None:
    """Say why `url` cannot be an endpoint, None when it can; call it outside any transaction."""
    target = await guard.find_target(url)
    if isinstance(target, Unreachable):
        return Refused(Refusal(target.code), target.detail, "/url")
    return None


async def _channel_ids(tx: Tx, codes: Sequence[str] | None) -> list[UUID] | Refused | None:
    if codes is None:
        return None
    network = await catalogue.network(tx)
    found = []
    for index, code in enumerate(codes):
        channel = network.channel_by_code(code)
        if channel is None:
            detail = f"There is no channel {code}; GET /v1/channels lists them."
            return Refused(Refusal.CHANNEL_UNKNOWN, detail, f"/channels/{index}")
        found.append(channel.channel_id)
    return sorted(set(found))


async def create_endpoint(
    tx: Tx, asked: EndpointSettings, vault: Vault, *, by: Actor, now: datetime
) -> MadeEndpoint | Refused:
    """Make an endpoint whose URL was checked; the answer is the only place that tells its secret.

    It hears what happens from now on; a replay brings it what was before.
    """
    channel_ids = await _channel_ids(tx, asked.channels)
    if isinstance(channel_ids, Refused):
        return channel_ids
    endpoint_id, secret = id_at(now), secrets.token_bytes(_SECRET_BYTES)
    version = await store.create_endpoint(
        tx,
        endpoint_id,
        asked,
        channel_ids,
        secret_id=id_at(now),
        sealed=vault.seal(secret, purpose(endpoint_id)),
        by=by,
        now=now,
    )
    if version is None:
        detail = f"There can be {MOST_ENDPOINTS} webhook endpoints; delete one that nobody needs."
        return Refused(Refusal.TOO_MANY_ENDPOINTS, detail)
    await _audit(tx, "create_webhook_endpoint", endpoint_id, None, asked, by=by, now=now)
    return MadeEndpoint(endpoint_id, shown_secret(secret), version)


async def change_endpoint(
    tx: Tx,
    before: Endpoint,
    asked: EndpointSettings,
    *,
    by: Actor,
    now: datetime,
) -> int | Refused:
    """Change an endpoint as it was seen in `before`; return its new version.

    What waits for it is sent to the new address; what it wanted before and does not want now is
    sent all the same, for it was promised.
    """
    channel_ids = await _channel_ids(tx, asked.channels)
    if isinstance(channel_ids, Refused):
        return channel_ids
    version = await store.change_endpoint(
        tx, before.endpoint_id, before.version, asked, channel_ids, now=now
    )
    if version is None:
        detail = "Somebody else changed the endpoint at the same moment; read it again."
        return Refused(Refusal.ENDPOINT_CHANGED_MEANWHILE, detail)
    await _audit(tx, "change_webhook_endpoint", before.endpoint_id, before, asked, by=by, now=now)
    return version


async def pause_endpoint(
    tx: Tx, endpoint_id: UUID, reason: str, *, by: Actor, now: datetime
) -> int | Refused:
    """Send an endpoint nothing until it is resumed; what happens meanwhile is kept for it."""
    moved = await _move(
        tx, endpoint_id, "paused", ("active",), reason, by=by, now=now, what="pause"
    )
    if moved is None:
        detail = "It is paused already; what happens is kept for it until it is resumed."
        return Refused(Refusal.ENDPOINT_IS_PAUSED, detail)
    return moved


async def resume_endpoint(tx: Tx, endpoint_id: UUID, *, by: Actor, now: datetime) -> int | Refused:
    """Send an endpoint events again, first what was kept; settle the exceptions about it."""
    moved = await _move(tx, endpoint_id, "active", ("paused",), None, by=by, now=now, what="resume")
    if moved is None:
        detail = "It is not paused; retry single deliveries or replay a range of events."
        return Refused(Refusal.ENDPOINT_IS_ACTIVE, detail)
    if isinstance(moved, int):
        await store.release_deliveries(tx, endpoint_id, by=by, now=now)
        await exceptions.resolve_about(
            tx, "webhook_endpoint", [endpoint_id], "The endpoint was resumed.", by=by, now=now
        )
    return moved


async def delete_endpoint(tx: Tx, endpoint_id: UUID, *, by: Actor, now: datetime) -> int | Refused:
    """Delete an endpoint and cancel what waits for it; return how many deliveries that were."""
    moved = await _move(
        tx, endpoint_id, "deleted", ("active", "paused"), None, by=by, now=now, what="delete"
    )
    if moved is None or isinstance(moved, Refused):
        return NOT_FOUND
    canceled = await store.cancel_deliveries(tx, endpoint_id, now)
    await exceptions.resolve_about(
        tx, "webhook_endpoint", [endpoint_id], "The endpoint was deleted.", by=by, now=now
    )
    return canceled


async def rotate_secret(
    tx: Tx,
    endpoint_id: UUID,
    vault: Vault,
    *,
    overlap: timedelta,
    by: Actor,
    now: datetime,
) -> MadeEndpoint | Refused:
    """Give an endpoint a new secret; the present one signs beside it until `overlap` is over."""
    secret = secrets.token_bytes(_SECRET_BYTES)
    version = await store.rotate_secret(
        tx,
        endpoint_id,
        secret_id=id_at(now),
        sealed=vault.seal(secret, purpose(endpoint_id)),
        ends_at=now + overlap,
        now=now,
    )
    if version is None:
        return NOT_FOUND
    until = {"old_secret_until": now + overlap}
    await _audit(tx, "rotate_webhook_secret", endpoint_id, None, until, by=by, now=now)
    return MadeEndpoint(endpoint_id, shown_secret(secret), version)


async def _move(
    tx: Tx,
    endpoint_id: UUID,
    state: EndpointState,
    expected: Sequence[EndpointState],
    reason: str | None,
    *,
    by: Actor,
    now: datetime,
    what: str,
) -> int | Refused | None:
    """Return the new version; None when the endpoint stands in no expected state."""
    version = await store.set_endpoint_state(
        tx, endpoint_id, state, expected=expected, reason=reason, by=by, now=now
    )
    if version is None:
        return None if await reads.find_endpoint(tx, endpoint_id) else NOT_FOUND
    after = {"state": state, "reason": reason}
    await _audit(tx, f"{what}_webhook_endpoint", endpoint_id, None, after, by=by, now=now)
    return version


async def _audit(
    tx: Tx,
    action: str,
    endpoint_id: UUID,
    before: object,
    after: object,
    *,
    by: Actor,
    now: datetime,
) -> None:
    change = AuditChange(action, "webhook_endpoint", str(endpoint_id), before, after)
    await audit_changes(tx, [change], by=by, now=now)
