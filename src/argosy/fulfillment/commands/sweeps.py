"""Work that comes due by itself: digital delivery, and tracking that came before its parcel."""

from datetime import datetime

from argosy.fulfillment.commands.steps import StepDone, deliver_digital, take_steps
from argosy.fulfillment.commands.track import apply_waiting_tracking
from argosy.fulfillment.store import work as store
from argosy.kernel.database import Database, Tx

BATCH = 500
BY = "system:argosy"


async def deliver_digital_orders(db: Database, now: datetime, *, limit: int = BATCH) -> int:
    """Deliver up to `limit` digital fulfillment orders; return how many were."""

    async def deliver(tx: Tx) -> int:
        found = await store.find_digital_orders(tx, limit)
        asked = [deliver_digital(each) for each in found]
        outcomes = await take_steps(tx, asked, by=BY, now=now)
        return sum(isinstance(each, StepDone) for each in outcomes)

    return await db.run(deliver)


async def apply_tracking(db: Database, now: datetime, *, limit: int = BATCH) -> int:
    """Apply what carriers said before their parcels were known; return how many events."""
    return await db.run(lambda tx: apply_waiting_tracking(tx, by=BY, now=now, limit=limit))
