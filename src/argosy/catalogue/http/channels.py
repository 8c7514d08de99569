"""Routes of channels, delivery methods and transit times."""

from uuid import UUID

from argosy.catalogue.commands import (
    remove_transit_times,
    upsert_channels,
    upsert_methods,
    upsert_transit_times,
)
from argosy.catalogue.http.saving import (
    RowOutcome,
    Text,
    create,
    outcomes_of,
    replace,
    tried,
    upsert,
)
from argosy.catalogue.model import (
    ChannelRow,
    DeliveryMethod,
    MethodRow,
    Network,
    Refusal,
    TransitKey,
    TransitRow,
)
from argosy.catalogue.reads import (
    ChannelView,
    TransitView,
    channel_views,
    part_after,
    transit_views,
)
from argosy.catalogue.store import network
from argosy.identity import Access, Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database, Tx
from argosy.kernel.http import (
    After,
    Answer,
    Batch,
    Limit,
    Outcomes,
    Page,
    decode_cursor,
    get,
    not_found,
    page_of,
    post,
    put,
)


@get("/v1/channels", permission="catalogue:read", summary="List channels")
async def list_channels(
    db: Database, access: Access, *, after: After = None, limit: Limit = 50
) -> Page[ChannelView]:
    """Return the channels in reach, by code."""
    last = None if after is None else decode_cursor(after, tuple[str])[0]
    async with db.reading() as tx:
        every = channel_views(await network(tx))
    seen = [each for each in every if access.sees_channel(each.channel_id)]
    rows = part_after(seen, lambda each: each.code, last, limit + 1)
    return page_of(rows, limit, lambda each: each.code)


@post(
    "/v1/channels",
    permission="catalogue:write",
    summary="Create a channel",
    status_code=201,
    refuses=[
        Refusal.CODE_TAKEN,
        Refusal.CURRENCY_UNKNOWN,
        Refusal.LOCATION_GROUP_UNKNOWN,
        Refusal.METHOD_UNKNOWN,
    ],
)
async def create_channel(
    db: Database, clock: Clock, actor: Actor, data: ChannelRow
) -> Answer[ChannelView]:
    """Create a channel whose code is new."""
    made = await create(db, clock, actor, upsert_channels, data)
    return await _channel(db, made.subject_id)


@post("/v1/channels/batch", permission="catalogue:write", summary="Save channels in a batch")
async def save_channels(
    db: Database, clock: Clock, actor: Actor, data: Batch[ChannelRow]
) -> Outcomes[RowOutcome]:
    """Make or change channels by code, one outcome each."""
    return await upsert(db, clock, actor, upsert_channels, data.items)


@post(
    "/v1/channels/batch/preview",
    permission="catalogue:write",
    summary="Preview saving channels",
    keyed=False,
)
async def preview_channels(
    db: Database, clock: Clock, actor: Actor, data: Batch[ChannelRow]
) -> Outcomes[RowOutcome]:
    """Say what saving these channels would do; nothing is changed."""
    now = clock.now()
    done = await tried(db, lambda tx: upsert_channels(tx, data.items, by=actor, now=now))
    return outcomes_of([row.code for row in data.items], done)


@get("/v1/channels/{channel_id}", permission="catalogue:read", summary="Get a channel")
async def get_channel(db: Database, access: Access, channel_id: UUID) -> Answer[ChannelView]:
    """Return one channel; its version is the ETag."""
    if not access.sees_channel(channel_id):
        not_found("channel")
    return await _channel(db, channel_id)


@put(
    "/v1/channels/{channel_id}",
    permission="catalogue:write",
    summary="Replace a channel",
    refuses=[
        Refusal.CODE_FIXED,
        Refusal.CURRENCY_UNKNOWN,
        Refusal.LOCATION_GROUP_UNKNOWN,
        Refusal.METHOD_UNKNOWN,
    ],
)
async def replace_channel(
    db: Database,
    clock: Clock,
    actor: Actor,
    channel_id: UUID,
    if_match: int | None,
    data: ChannelRow,
) -> Answer[ChannelView]:
    """Replace all of a channel but its code, when it is at the version of If-Match."""

    async def find(tx: Tx) -> ChannelView | None:
        return _found(await network(tx), channel_id)

    await replace(db, clock, actor, upsert_channels, find, data, if_match, "channel")
    return await _channel(db, channel_id)


def _found(copy: Network, channel_id: UUID | None) -> ChannelView | None:
    return next((each for each in channel_views(copy) if each.channel_id == channel_id), None)


async def _channel(db: Database, channel_id: UUID | None) -> Answer[ChannelView]:
    async with db.transaction() as tx:
        found = _found(await network(tx), channel_id)
    if found is None:
        not_found("channel")
    return Answer(found, version=found.version)


@get(
    "/v1/delivery-methods",
    permission="catalogue:read",
    summary="List delivery methods",
    scoped=True,
)
async def list_delivery_methods(
    db: Database, *, after: After = None, limit: Limit = 50
) -> Page[DeliveryMethod]:
    """Return delivery methods by code."""
    last = None if after is None else decode_cursor(after, tuple[str])[0]
    async with db.reading() as tx:
        every = (await network(tx)).methods.values()
    rows = part_after(every, lambda each: each.code, last, limit + 1)
    return page_of(rows, limit, lambda each: each.code)


@post(
    "/v1/delivery-methods/batch",
    permission="catalogue:write",
    summary="Save delivery methods in a batch",
)
async def save_delivery_methods(
    db: Database, clock: Clock, actor: Actor, data: Batch[MethodRow]
) -> Outcomes[RowOutcome]:
    """Make or change delivery methods by code, one outcome each."""
    return await upsert(db, clock, actor, upsert_methods, data.items)


@get(
    "/v1/delivery-methods/{code}",
    permission="catalogue:read",
    summary="Get a delivery method",
    scoped=True,
)
async def get_delivery_method(db: Database, code: Text) -> Answer[DeliveryMethod]:
    """Return one delivery method; its version is the ETag."""
    async with db.reading() as tx:
        found = (await network(tx)).methods.get(code)
    if found is None:
        not_found("delivery method")
    return Answer(found, version=found.version)


@put(
    "/v1/delivery-methods/{code}",
    permission="catalogue:write",
    summary="Replace a delivery method",
    refuses=[Refusal.CODE_FIXED],
)
async def replace_delivery_method(
    db: Database,
    clock: Clock,
    actor: Actor,
    code: Text,
    if_match: int | None,
    data: MethodRow,
) -> Answer[DeliveryMethod]:
    """Replace all of a delivery method but its code, when it is at the version of If-Match."""

    async def find(tx: Tx) -> DeliveryMethod | None:
        return (await network(tx)).methods.get(code)

    await replace(db, clock, actor, upsert_methods, find, data, if_match, "delivery method")
    async with db.transaction() as tx:
        found = (await network(tx)).methods[code]
    return Answer(found, version=found.version)


@get("/v1/transit-times", permission="catalogue:read", summary="List transit times", scoped=True)
async def list_transit_times(
    db: Database, *, after: After = None, limit: Limit = 50, method: Text | None = None
) -> Page[TransitView]:
    """Return transit times by method and countries; * stands for any country."""
    last = None if after is None else decode_cursor(after, tuple[str, str, str])
    async with db.reading() as tx:
        every = transit_views(await network(tx))
    seen = [each for each in every if method is None or each.method == method]

    def key(each: TransitView) -> tuple[str, str, str]:
        return each.method, each.from_country, each.to_country

    return page_of(part_after(seen, key, last, limit + 1), limit, key)


@post(
    "/v1/transit-times/batch",
    permission="catalogue:write",
    summary="Save transit times in a batch",
)
async def save_transit_times(
    db: Database, clock: Clock, actor: Actor, data: Batch[TransitRow]
) -> Outcomes[RowOutcome]:
    """Make or change transit times by method and countries, one outcome each."""
    now = clock.now()
    done = await db.run(lambda tx: upsert_transit_times(tx, data.items, by=actor, now=now))
    return outcomes_of([row.method for row in data.items], done)


@post(
    "/v1/transit-times/remove/batch",
    permission="catalogue:write",
    summary="Remove transit times in a batch",
)
async def remove_transit_times_batch(
    db: Database, clock: Clock, actor: Actor, data: Batch[TransitKey]
) -> Outcomes[RowOutcome]:
    """Take transit times away, one outcome each; what is more general then counts."""
    now = clock.now()
    done = await db.run(lambda tx: remove_transit_times(tx, data.items, by=actor, now=now))
    return outcomes_of([key.method for key in data.items], done)


@post(
    "/v1/transit-times/remove/batch/preview",
    permission="catalogue:write",
    summary="Preview removing transit times",
    keyed=False,
)
async def preview_transit_removal(
    db: Database, clock: Clock, actor: Actor, data: Batch[TransitKey]
) -> Outcomes[RowOutcome]:
    """Say which transit times could be taken away; nothing is changed."""
    now = clock.now()
    done = await tried(db, lambda tx: remove_transit_times(tx, data.items, by=actor, now=now))
    return outcomes_of([key.method for key in data.items], done)


ROUTES = (
    list_channels,
    create_channel,
    save_channels,
    preview_channels,
    get_channel,
    replace_channel,
    list_delivery_methods,
    save_delivery_methods,
    get_delivery_method,
    replace_delivery_method,
    list_transit_times,
    save_transit_times,
    remove_transit_times_batch,
    preview_transit_removal,
)
