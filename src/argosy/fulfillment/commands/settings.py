"""Changing how routing is done."""

from datetime import datetime

import msgspec

from argosy.fulfillment.decide.settings import RoutingSettings
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.fulfillment")


async def save_routing_settings(
    tx: Tx, settings: RoutingSettings, *, read_version: int, by: str, now: datetime
) -> RoutingSettings | None:
    """Save `settings` as the next version; None when they were changed since `read_version`."""
    saved = msgspec.structs.replace(settings, version=read_version + 1)
    done = await tx.fetchval(
        sql("save_routing_settings"), msgspec.to_builtins(saved), read_version, now, by
    )
    return None if done is None else saved
