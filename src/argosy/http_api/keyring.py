"""Who asks: API keys, looked up in the database and remembered for two seconds."""

import asyncio
import hashlib
from datetime import datetime, timedelta

from argosy.identity import Access, Refusal, door as identity
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.problems import Problem
from argosy.kernel.refusals import Refused

FRESH = timedelta(seconds=2)
MOST_KEPT = 10_000

_MISSING = Refused(Refusal.KEY_MISSING, "Send an API key as `Authorization: Bearer argosy_…`.")


class Keyring:
    """Remembers what the keys that were just used may do; a revoked one is out within two seconds.

    Keys are remembered by their digest: no secret stays in memory.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._kept: dict[bytes, tuple[Access, datetime, datetime]] = {}
        self._asking: dict[bytes, asyncio.Future[Access]] = {}

    def peek(self, authorization: bytes) -> Access | None:
        """Return what the key may do if that was asked within two seconds."""
        kept = self._kept.get(hashlib.sha256(authorization).digest())
        if kept is not None and kept[1] <= self._clock.now() < kept[2]:
            return kept[0]
        return None

    async def find(self, authorization: bytes | None) -> Access:
        """Return what the key in an Authorization header may do; raises Problem 401."""
        if authorization is None:
            raise _unauthorized(_MISSING)
        known = self.peek(authorization)
        if known is not None:
            return known
        digest = hashlib.sha256(authorization).digest()
        asking = self._asking.get(digest)
        if asking is None:
            # Many requests come with one key: the first asks the database, the others wait for it.
            asking = asyncio.ensure_future(self._ask(digest, _key_in(authorization)))
            self._asking[digest] = asking
            asking.add_done_callback(lambda _: self._asking.pop(digest, None))
        return await asyncio.shield(asking)

    async def _ask(self, digest: bytes, key: str) -> Access:
        now = self._clock.now()
        self._kept.pop(digest, None)
        async with self._db.reading() as tx:
            found = await identity.recognize(tx, key, now)
        if isinstance(found, Refused):
            raise _unauthorized(found)
        if found.use_is_news(now):
            async with self._db.transaction() as tx:
                await identity.note_use(tx, found, now)
        until = now + FRESH
        if found.expires_at is not None:
            until = min(until, found.expires_at)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[digest] = (found.access, now, until)
        return found.access


def _key_in(authorization: bytes) -> str:
    scheme, _, key = authorization.partition(b" ")
    if scheme.lower() != b"bearer":
        raise _unauthorized(_MISSING)
    return key.strip().decode("latin-1")


def _unauthorized(refused: Refused) -> Problem:
    return Problem(
        401,
        refused.code.value,
        "Unauthorized",
        refused.detail,
        headers={"WWW-Authenticate": 'Bearer realm="argosy"'},
    )


def demand(access: Access, permission: str, *, scoped: bool) -> None:
    """Raise Problem 403 unless `access` has `permission` and its limits can be heeded."""
    if permission not in access.permissions:
        raise Problem(
            403,
            "permission_missing",
            "Permission missing",
            f"This needs the permission {permission}.",
            facts={"permission": permission},
        )
    if not scoped and access.is_limited:
        raise Problem(
            403,
            "limited_key",
            "Limited key",
            "A key that is limited to channels or locations cannot do this.",
        )
