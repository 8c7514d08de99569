"""Stock that is free goes to who waits for it, in order of promise."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.catalogue import door as catalogue
from argosy.inventory.decide.fill import decide_fill
from argosy.inventory.decide.sources import is_preorder, source_locations
from argosy.inventory.store import backorders as store
from argosy.inventory.store.promise import load_stock
from argosy.kernel.database import Database, Tx

BY = "system:inventory"
BATCH = 200


async def fill_skus(tx: Tx, sku_ids: Sequence[UUID], *, by: str, now: datetime) -> int:
    """Give free stock of `sku_ids` to back-orders; return how many units were filled.

    Whoever brings stock in asks `lock_waiting` first and calls this afterwards for the SKUs it
    named, in the same transaction: so a new order cannot take what an older one waits for.
    """
    if not sku_ids:
        return 0
    stock = await load_stock(tx, sku_ids, lock=True)
    waiting = await store.lock_backorders(tx, sku_ids)
    if not waiting:
        return 0
    network = await catalogue.network(tx)
    skus = await catalogue.skus_by_id(tx, sku_ids, known=network)
    channels = {each.channel_id for each in waiting} & network.channels.keys()
    filled = decide_fill(
        waiting,
        {sku_id: known.free for sku_id, known in stock.items()},
        {
            channel_id: source_locations(network, network.channels[channel_id], None, None, None)
            for channel_id in channels
        },
        frozenset(sku_id for sku_id, sku in skus.items() if is_preorder(sku, now.date())),
    )
    return await store.fill_backorders(tx, filled.fills, filled.orders, by=by, now=now)


async def fill_backorders(db: Database, now: datetime) -> int:
    """Fill all back-orders that can be filled now; return how many units were.

    For what becomes free without anybody bringing it in: expired carts, canceled orders, released
    pre-orders, safety stock that was lowered. A page of SKUs at a time, each in its transaction.
    """
    units = 0
    after: UUID | None = None
    while True:

        async def fill(tx: Tx, start: UUID | None = after) -> tuple[list[UUID], int]:
            page = await store.find_fillable(tx, after=start, limit=BATCH)
            return page, await fill_skus(tx, page, by=BY, now=now)

        page, done = await db.run(fill)
        units += done
        if len(page) < BATCH:
            return units
        after = page[-1]
