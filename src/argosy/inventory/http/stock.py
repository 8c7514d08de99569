"""The stock ledger: receipts, adjustments, counts, and what they led to."""

from datetime import datetime
from uuid import UUID

from argosy.identity import Access, Actor
from argosy.inventory import reads
from argosy.inventory.commands import changes
from argosy.inventory.http.answering import (
    TAGS,
    Code,
    Codes,
    locations_named,
    outcomes,
    skus_named,
)
from argosy.inventory.model import Refusal
from argosy.inventory.model.availability import Balance, Movement
from argosy.inventory.model.stock import Adjustment, Changed, Count, Counted, Receipt
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    Batch,
    BatchOutcome,
    Limit,
    Outcomes,
    Page,
    decode_cursor,
    get,
    page_of,
    post,
)
from argosy.kernel.refusals import Refused

_PLACE = (Refusal.SKU_UNKNOWN, Refusal.SKU_NOT_STOCKED, Refusal.LOCATION_UNKNOWN)


class ChangeOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one row; `on_hand` is what is there now."""

    on_hand: int | None = None


class CountOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one counted row."""

    counted: Counted | None = None


def _changed(became: list[Changed | Refused]) -> list[ChangeOutcome]:
    return outcomes(
        ChangeOutcome,
        [each.on_hand if isinstance(each, Changed) else each for each in became],
        "on_hand",
    )


@post(
    "/v1/inventory/adjustments",
    permission="inventory:write",
    summary="Adjust stock",
    tags=TAGS,
    refuses=[
        *_PLACE,
        Refusal.QUANTITY_IS_ZERO,
        Refusal.BELOW_PROMISED,
        Refusal.STOCK_TOO_LARGE,
    ],
)
async def adjust_stock(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[Adjustment]
) -> Outcomes[ChangeOutcome]:
    """Add or take units with a reason, up to 2,000 rows, one outcome each.

    Rows of one SKU and location are done together. No less is left than is promised to orders.
    """
    became = await db.run(
        lambda tx: changes.adjust_stock(
            tx, data.items, reach=access.location_ids, by=str(actor), now=clock.now()
        )
    )
    return Outcomes(_changed(became))


@post(
    "/v1/inventory/receipts",
    permission="inventory:write",
    summary="Receive stock",
    tags=TAGS,
    refuses=[*_PLACE, Refusal.INCOMING_UNKNOWN, Refusal.STOCK_TOO_LARGE],
)
async def receive_stock(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[Receipt]
) -> Outcomes[ChangeOutcome]:
    """Take delivered units in, up to 2,000 rows, one outcome each.

    Orders that wait for them are served at once, in order of their promise.
    """
    became = await db.run(
        lambda tx: changes.receive_stock(
            tx, data.items, reach=access.location_ids, by=str(actor), now=clock.now()
        )
    )
    return Outcomes(_changed(became))


@post(
    "/v1/inventory/counts",
    permission="inventory:write",
    summary="Count stock",
    tags=TAGS,
    refuses=[
        *_PLACE,
        Refusal.AS_OF_IN_THE_FUTURE,
        Refusal.DATE_OUT_OF_RANGE,
        Refusal.COUNT_IS_STALE,
        Refusal.POSITION_REPEATED,
    ],
)
async def count_stock(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[Count]
) -> Outcomes[CountOutcome]:
    """Set what was counted, now or as of a time, up to 2,000 rows, one outcome each.

    What moved after that time stays moved. When fewer were counted than are promised to orders, the
    promised ones stay on the books and `short_by` says how many are missing.
    """
    became = await changes.count_stock(
        db, data.items, reach=access.location_ids, by=str(actor), now=clock.now()
    )
    return Outcomes(outcomes(CountOutcome, became, "counted"))


@get(
    "/v1/inventory/balances",
    permission="inventory:read",
    summary="List balances",
    tags=TAGS,
)
async def list_balances(
    db: Database,
    access: Access,
    *,
    after: After = None,
    limit: Limit = 100,
    sku: Codes = [],  # noqa: B006
    location: Codes = [],  # noqa: B006
) -> Page[Balance]:
    """Return balances of some SKUs or all, at some locations or all.

    `incoming` is everything on its way to the place; `in_transit` the part that comes from another
    location.
    """
    since = None if after is None else decode_cursor(after, tuple[UUID, UUID])
    async with db.reading() as tx:
        rows = await reads.list_balances(
            tx,
            await skus_named(tx, sku),
            await locations_named(tx, location, access),
            since,
            limit + 1,
        )
    return page_of(rows, limit, lambda row: (row.sku_id, row.location_id))


@get(
    "/v1/inventory/movements",
    permission="inventory:read",
    summary="List movements of a SKU",
    tags=TAGS,
)
async def list_movements(
    db: Database,
    access: Access,
    sku: Code,
    *,
    after: After = None,
    limit: Limit = 100,
    location: Codes = [],  # noqa: B006
) -> Page[Movement]:
    """Return the ledger of one SKU, newest first: each row moved a balance, and says why."""
    before = None if after is None else decode_cursor(after, tuple[datetime, UUID])
    async with db.reading() as tx:
        sku_ids = await skus_named(tx, [sku])
        if not sku_ids:
            return Page([])
        rows = await reads.list_movements(
            tx, sku_ids[0], await locations_named(tx, location, access), before, limit + 1
        )
    return page_of(rows, limit, lambda row: (row.made_at, row.movement_id))


routes = (adjust_stock, receive_stock, count_stock, list_balances, list_movements)
