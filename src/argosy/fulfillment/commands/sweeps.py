"""Work that comes due by itself: digital delivery, and tracking that came before its parcel."""

from datetime import datetime

from argosy.fulfillment.commands.steps import deliver_digital, take_steps
from argosy.fulfillment.store import work as store
from argosy.kernel.database import Database, Tx

BATCH = 500
BY = "system:argosy"


async def deliver_digital_orders(db: Database, now: datetime, *, limit: int = BATCH) -> int:
    """Deliver up to `limit` digital fulfillment orders; return how many were asked."""

    async def deliver(tx: Tx) -> int:
        found = await store.find_digital_orders(tx, limit)
        asked = [deliver_digital(each) for each in found]
        if asked:
            await take_steps(tx, asked, by=BY, now=now)
        return len(asked)

    return await db.run(deliver)
