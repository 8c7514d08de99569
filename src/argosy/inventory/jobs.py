"""Background work of inventory: carts that expire, and orders that wait for stock."""

from datetime import datetime

from argosy.inventory.commands.fill import fill_backorders
from argosy.inventory.store.carts import expire_reservations
from argosy.kernel.database import Database
from argosy.kernel.jobs import JobKind
from argosy.kernel.readers import Reader
from argosy.kernel.schedules import Sweep

_BY = "system:inventory"
_BATCH = 1000


async def expire_carts(db: Database, now: datetime) -> int:
    """Free what carts held too long; return how many reservations."""
    return await db.run(lambda tx: expire_reservations(tx, by=_BY, now=now, limit=_BATCH))


READERS: tuple[Reader, ...] = ()
JOB_KINDS: tuple[JobKind, ...] = ()
SWEEPS = (
    Sweep("inventory.expire_reservations", 5, expire_carts),
    Sweep("inventory.fill_backorders", 2, fill_backorders),
)
