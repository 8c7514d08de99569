"""Making, checking and revoking keys."""

import hashlib
import hmac
import secrets
from datetime import datetime
from uuid import UUID

from argosy.identity import store
from argosy.identity.model import PERMISSIONS, Actor, MadeKey, NewKey, Refusal
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused

KEY_START = "argosy_"


def _digest(secret: str) -> bytes:
    # The secret has 256 random bits, so that a slow hash would protect nothing more.
    return hashlib.sha256(secret.encode()).digest()


async def create_key(tx: Tx, asked: NewKey, *, by: Actor, now: datetime) -> MadeKey | Refused:
    """Make a key `argosy_<prefix>_<secret>`; nobody can give what they do not have."""
    for index, name in enumerate(asked.permissions):
        if name != "*" and name not in PERMISSIONS:
            return Refused(
                Refusal.PERMISSION_UNKNOWN,
                f"{name!r} is not a permission; see /v1/permissions.",
                f"/permissions/{index}",
            )
        if not by.may(name) and not by.may("*"):
            return Refused(
                Refusal.PERMISSION_UNKNOWN,
                f"You cannot give {name!r}, which you do not have.",
                f"/permissions/{index}",
            )
    if asked.expires_at is not None and asked.expires_at <= now:
        detail = "The key would have expired already."
        return Refused(Refusal.EXPIRES_IN_THE_PAST, detail, "/expires_at")
    key_id, prefix, secret = new_id(), secrets.token_hex(6), secrets.token_urlsafe(32)
    made = await store.insert_key(tx, key_id, prefix, _digest(secret), asked, str(by), now)
    assert made, "a random prefix is not taken"
    change = store.Change(
        str(by),
        "create_key",
        "api_key",
        str(key_id),
        after={"name": asked.name, "permissions": asked.permissions},
    )
    await store.write_audit(tx, [change], now)
    key = f"{KEY_START}{prefix}_{secret}"
    return MadeKey(key_id, key, asked.name, asked.permissions, asked.expires_at)


async def revoke_key(tx: Tx, key_id: UUID, *, by: Actor, now: datetime) -> None | Refused:
    """Revoke a key; it stops working within seconds everywhere."""
    name = await store.revoke_key(tx, key_id, now)
    if name is None:
        detail = "There is no such key, or it was revoked already."
        return Refused(Refusal.KEY_NOT_FOUND, detail)
    change = store.Change(
        str(by), "revoke_key", "api_key", str(key_id), before={"name": name}, after={}
    )
    await store.write_audit(tx, [change], now)
    return None


async def recognize(tx: Tx, key: str, now: datetime) -> tuple[Actor, datetime | None] | None:
    """Return whose key this is and when it expires; None for one that does not count."""
    if not key.startswith(KEY_START):
        return None
    prefix, _, secret = key.removeprefix(KEY_START).partition("_")
    row = await store.find_key(tx, prefix)
    if row is None or not hmac.compare_digest(row["secret_sha256"], _digest(secret)):
        return None
    if row["revoked_at"] is not None:
        return None
    if row["expires_at"] is not None and row["expires_at"] <= now:
        return None
    await store.note_use(tx, row["api_key_id"], now)
    scopes = {
        name: None if row[name] is None else frozenset(row[name])
        for name in ("location_ids", "channel_ids")
    }
    permissions = frozenset(row["permissions"])
    actor = Actor("key", row["name"], row["api_key_id"], permissions, **scopes)
    return actor, row["expires_at"]
