"""Leases: of a thing that only one process may run, who runs it and until when."""

from datetime import datetime, timedelta

from argosy.kernel.database import Database
from argosy.kernel.sql import Statements

sql = Statements(__package__)


async def take_lease(
    db: Database, name: str, holder: str, now: datetime, *, seconds: float = 15
) -> bool:
    """Take or extend the lease `name` for `holder`; False when somebody else has it."""
    async with db.transaction() as tx:
        taken = await tx.fetchval(
            sql("take_lease"), name, holder, now + timedelta(seconds=seconds), now
        )
    return taken is not None


async def drop_leases(db: Database, holder: str) -> None:
    """Give back every lease of `holder`."""
    async with db.transaction() as tx:
        await tx.execute(sql("drop_leases"), holder)
