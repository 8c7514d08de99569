"""Background work of inventory: carts that expire, and orders that wait for stock."""

from datetime import datetime, timedelta

from argosy.inventory.commands.fill import fill_backorders
from argosy.inventory.store import changes
from argosy.inventory.store.carts import expire_reservations
from argosy.kernel.database import Database
from argosy.kernel.jobs import JobKind
from argosy.kernel.readers import Reader
from argosy.kernel.schedules import Sweep

_BY = "system:inventory"
_BATCH = 1000
FEEDS_KEPT = timedelta(days=90)  # So long the same feed again is known to be the same.


async def expire_carts(db: Database, now: datetime) -> int:
    """Free what carts held too long; return how many reservations."""
    return await db.run(lambda tx: expire_reservations(tx, by=_BY, now=now, limit=_BATCH))


async def drop_old_feeds(db: Database, now: datetime) -> int:
    """Forget feeds that are older than `FEEDS_KEPT`; return how many parts."""
    return await db.run(lambda tx: changes.drop_old_feeds(tx, now - FEEDS_KEPT, _BATCH))


READERS: tuple[Reader, ...] = ()
JOB_KINDS: tuple[JobKind, ...] = ()
SWEEPS = (
    Sweep("inventory.expire_reservations", 5, expire_carts),
    Sweep("inventory.fill_backorders", 2, fill_backorders),
    Sweep("inventory.drop_old_feeds", 3600, drop_old_feeds),
)
