"""Sweeps: set-based work that is looked for again and again, by one worker at a time."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec

from argosy.kernel.database import Database
from argosy.kernel.sql import Statements

sql = Statements(__package__)


class Sweep(msgspec.Struct, frozen=True):
    """Work that comes due by itself: `run` does up to a batch and returns how many it did."""

    name: str
    every_seconds: float
    run: Callable[[Database, datetime], Awaitable[int]]


async def run_sweep(db: Database, sweep: Sweep, now: datetime, *, most_rounds: int = 20) -> int:
    """Run `sweep` if it is due, again while it finds work; return how much it did.

    Due means that no process started it within its period. What it raises is kept on its row.
    """
    due_before = now - timedelta(seconds=sweep.every_seconds)
    async with db.transaction() as tx:
        if await tx.fetchval(sql("start_sweep"), sweep.name, now, due_before) is None:
            return 0
    done, error = 0, None
    try:
        for _ in range(most_rounds):
            count = await sweep.run(db, now)
            done += count
            if count == 0:
                break
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"[:2000]
        raise
    finally:
        async with db.transaction() as tx:
            await tx.execute(sql("finish_sweep"), sweep.name, now, done, error)
    return done
