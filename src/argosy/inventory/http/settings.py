"""What is expected to arrive, and what is kept back from promises."""

from uuid import UUID

from argosy.catalogue import door as catalogue
from argosy.identity import Access, Actor
from argosy.inventory import reads
from argosy.inventory.commands import settings
from argosy.inventory.http.answering import (
    TAGS,
    Code,
    Codes,
    locations_named,
    outcomes,
    skus_named,
    status_of,
)
from argosy.inventory.model import Refusal
from argosy.inventory.model.availability import Incoming, Threshold
from argosy.inventory.model.stock import (
    ChangeExpected,
    ChannelThreshold,
    Expected,
    IncomingMade,
    SafetyStock,
)
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    Answer,
    Batch,
    BatchOutcome,
    Limit,
    Outcomes,
    Page,
    decode_cursor,
    get,
    page_of,
    patch,
    post,
    refuse,
)
from argosy.kernel.refusals import Refused

_PLACE = (Refusal.SKU_UNKNOWN, Refusal.SKU_NOT_STOCKED, Refusal.LOCATION_UNKNOWN)


class ExpectedOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one row; `incoming_id` is named when the units are received."""

    incoming_id: UUID | None = None


class SettingOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one row; `places` is how many balances it set."""

    places: int | None = None


@post(
    "/v1/inventory/incoming",
    permission="inventory:write",
    summary="Expect stock",
    tags=TAGS,
    refuses=[*_PLACE, Refusal.DATE_OUT_OF_RANGE],
)
async def expect_stock(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[Expected]
) -> Outcomes[ExpectedOutcome]:
    """Write down what is on its way and when it is expected, up to 2,000 rows, one outcome each."""
    became = await db.run(
        lambda tx: settings.expect_stock(
            tx, data.items, reach=access.location_ids, by=actor, now=clock.now()
        )
    )
    ids = [each.incoming_id if isinstance(each, IncomingMade) else each for each in became]
    return Outcomes(outcomes(ExpectedOutcome, ids, "incoming_id"))


@patch(
    "/v1/inventory/incoming/{incoming_id}",
    permission="inventory:write",
    summary="Change expected stock",
    tags=TAGS,
    refuses=[Refusal.INCOMING_UNKNOWN, Refusal.DATE_OUT_OF_RANGE],
)
async def change_incoming(
    db: Database, clock: Clock, actor: Actor, incoming_id: UUID, data: ChangeExpected
) -> Answer[IncomingMade]:
    """Change quantity or day of what is expected, or close it when the rest will not come."""
    became = await db.run(
        lambda tx: settings.change_incoming(tx, incoming_id, data, by=actor, now=clock.now())
    )
    if isinstance(became, Refused):
        refuse(became, status=status_of(became))
    return Answer(IncomingMade(incoming_id), version=became)


@get(
    "/v1/inventory/incoming",
    permission="inventory:read",
    summary="List expected stock",
    tags=TAGS,
)
async def list_incoming(
    db: Database,
    access: Access,
    *,
    after: After = None,
    limit: Limit = 100,
    sku: Codes = [],  # noqa: B006
    location: Codes = [],  # noqa: B006
    closed_too: bool = False,
) -> Page[Incoming]:
    """Return what is on its way: bought, or in transit from another location."""
    since = None if after is None else decode_cursor(after, tuple[UUID])[0]
    async with db.reading() as tx:
        rows = await reads.list_incoming(
            tx,
            await skus_named(tx, sku),
            await locations_named(tx, location, access),
            closed_too=closed_too,
            after=since,
            limit=limit + 1,
        )
    return page_of(rows, limit, lambda row: row.incoming_id)


@post(
    "/v1/inventory/safety-stock",
    permission="inventory:write",
    summary="Set safety stock",
    tags=TAGS,
    refuses=[*_PLACE, Refusal.SKU_OR_LOCATION_NEEDED],
)
async def set_safety_stock(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[SafetyStock]
) -> Outcomes[SettingOutcome]:
    """Set how many units of a SKU at a location are never promised, up to 2,000 rows.

    Without a location, wherever the SKU lies now; without a SKU, of all that lies at the location.
    """
    became = await db.run(
        lambda tx: settings.set_safety_stock(
            tx, data.items, reach=access.location_ids, by=actor, now=clock.now()
        )
    )
    places = [each if isinstance(each, Refused) else each.places for each in became]
    return Outcomes(outcomes(SettingOutcome, places, "places"))


@post(
    "/v1/inventory/channel-thresholds",
    permission="inventory:write",
    summary="Set channel thresholds",
    tags=TAGS,
    refuses=[Refusal.SKU_UNKNOWN, Refusal.SKU_NOT_STOCKED, Refusal.CHANNEL_UNKNOWN],
)
async def set_channel_thresholds(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[ChannelThreshold]
) -> Outcomes[BatchOutcome]:
    """Set how many units of a SKU a channel leaves unsold, up to 2,000 rows, one outcome each."""
    became = await db.run(
        lambda tx: settings.set_channel_thresholds(
            tx, data.items, channels=access.channel_ids, by=actor, now=clock.now()
        )
    )
    return Outcomes(outcomes(BatchOutcome, became))


@get(
    "/v1/inventory/channel-thresholds",
    permission="inventory:read",
    summary="List channel thresholds",
    tags=TAGS,
    refuses=[Refusal.CHANNEL_UNKNOWN],
)
async def list_channel_thresholds(
    db: Database, access: Access, channel: Code, after: After = None, limit: Limit = 100
) -> Page[Threshold]:
    """Return the SKUs of which a channel leaves other than its usual number unsold."""
    since = None if after is None else decode_cursor(after, tuple[UUID])[0]
    async with db.reading() as tx:
        found = (await catalogue.network(tx)).channel_by_code(channel)
        if found is None or not access.sees_channel(found.channel_id):
            detail = f"There is no channel {channel}."
            refuse(Refused(Refusal.CHANNEL_UNKNOWN, detail), status=422)
        rows = await reads.list_channel_thresholds(tx, found.channel_id, since, limit + 1)
    return page_of(rows, limit, lambda row: row.sku_id)


routes = (
    expect_stock,
    change_incoming,
    list_incoming,
    set_safety_stock,
    set_channel_thresholds,
    list_channel_thresholds,
)
