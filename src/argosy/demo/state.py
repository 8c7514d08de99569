"""How far the demo is, kept in the database, so that a second run goes on and repeats nothing."""

from datetime import datetime
from typing import Literal

import msgspec

from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements(__package__)

Phase = Literal["opening", "replaying", "caught_up"]


class DemoState(msgspec.Struct):
    """When the sample ends, how many of its orders are placed, and up to when they are.

    Everything else follows from these: the same sample with the same end gives the same orders.
    """

    ends_at: datetime
    orders: int
    clock: datetime
    phase: Phase = "opening"
    refused: dict[str, int] = msgspec.field(default_factory=dict)


async def get_demo_state(tx: Tx) -> tuple[DemoState | None, bool]:
    """Return the state, None before the first run, and whether there are any orders."""
    row = await tx.fetchrow(sql("get_demo_state"))
    assert row is not None, "a statement without a table gives one row"
    kept = row["state"]
    return (None if kept is None else msgspec.convert(kept, DemoState), row["has_orders"])


async def save_demo_state(tx: Tx, state: DemoState, now: datetime) -> None:
    """Keep the state."""
    await tx.execute(sql("save_demo_state"), msgspec.to_builtins(state), now)
