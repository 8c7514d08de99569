"""Routes of locations and location groups."""

from uuid import UUID

import msgspec
from msgspec import Struct

from argosy.catalogue.commands import upsert_location_groups, upsert_locations
from argosy.catalogue.http.saving import (
    RowOutcome,
    create,
    outcomes_of,
    replace,
    taken,
    tried,
    upsert,
)
from argosy.catalogue.model import Location, LocationGroupRow, LocationRow, Network, Refusal
from argosy.catalogue.reads import GroupView, group_views, part_after
from argosy.catalogue.store import lock_catalogue, network
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
    check_version,
    decode_cursor,
    get,
    not_found,
    page_of,
    post,
    put,
)


class LocationDeactivation(Struct, frozen=True):
    """What comes of closing a location: nothing new is promised from it or routed to it.

    `channels_without_location` are the channels that could sell nothing any more.
    """

    location_id: UUID
    code: str
    active_now: bool
    location_groups: list[str]
    channels: list[str]
    channels_without_location: list[str]


@get("/v1/locations", permission="catalogue:read", summary="List locations")
async def list_locations(
    db: Database,
    access: Access,
    *,
    after: After = None,
    limit: Limit = 50,
    kind: str | None = None,
    active: bool | None = None,
) -> Page[Location]:
    """Return the locations in reach, by code."""
    last = None if after is None else decode_cursor(after, tuple[str])[0]
    async with db.reading() as tx:
        every = (await network(tx)).locations.values()
    seen = [
        each
        for each in every
        if access.sees_location(each.location_id)
        and (kind is None or each.kind == kind)
        and (active is None or each.active is active)
    ]
    rows = part_after(seen, lambda each: each.code, last, limit + 1)
    return page_of(rows, limit, lambda each: each.code)


@post(
    "/v1/locations",
    permission="catalogue:write",
    summary="Create a location",
    status_code=201,
    refuses=[Refusal.CODE_TAKEN, Refusal.TIME_ZONE_UNKNOWN, Refusal.OPENING_HOURS_INVALID],
)
async def create_location(
    db: Database, clock: Clock, actor: Actor, data: LocationRow
) -> Answer[Location]:
    """Create a location whose code is new."""
    made = await create(db, clock, actor, upsert_locations, data)
    return await _location(db, made.subject_id)


@post("/v1/locations/batch", permission="catalogue:write", summary="Save locations in a batch")
async def save_locations(
    db: Database, clock: Clock, actor: Actor, data: Batch[LocationRow]
) -> Outcomes[RowOutcome]:
    """Make or change locations by code, one outcome each."""
    return await upsert(db, clock, actor, upsert_locations, data.items)


@post(
    "/v1/locations/batch/preview",
    permission="catalogue:write",
    summary="Preview saving locations",
    keyed=False,
)
async def preview_locations(
    db: Database, clock: Clock, actor: Actor, data: Batch[LocationRow]
) -> Outcomes[RowOutcome]:
    """Say what saving these locations would do; nothing is changed."""
    now = clock.now()
    done = await tried(db, lambda tx: upsert_locations(tx, data.items, by=actor, now=now))
    return outcomes_of([row.code for row in data.items], done)


@get("/v1/locations/{location_id}", permission="catalogue:read", summary="Get a location")
async def get_location(db: Database, access: Access, location_id: UUID) -> Answer[Location]:
    """Return one location; its version is the ETag."""
    if not access.sees_location(location_id):
        not_found("location")
    return await _location(db, location_id)


@put(
    "/v1/locations/{location_id}",
    permission="catalogue:write",
    summary="Replace a location",
    refuses=[Refusal.CODE_FIXED, Refusal.TIME_ZONE_UNKNOWN, Refusal.OPENING_HOURS_INVALID],
)
async def replace_location(
    db: Database,
    clock: Clock,
    actor: Actor,
    location_id: UUID,
    if_match: int | None,
    data: LocationRow,
) -> Answer[Location]:
    """Replace all of a location but its code, when it is at the version of If-Match."""

    async def find(tx: Tx) -> Location | None:
        return (await network(tx)).locations.get(location_id)

    await replace(db, clock, actor, upsert_locations, find, data, if_match, "location")
    return await _location(db, location_id)


@post(
    "/v1/locations/{location_id}/deactivate",
    permission="catalogue:write",
    summary="Close a location",
)
async def deactivate_location(
    db: Database, clock: Clock, actor: Actor, location_id: UUID, if_match: int | None
) -> Answer[Location]:
    """Promise and route nothing new to a location; its work and its stock stay."""
    now = clock.now()

    async def work(tx: Tx) -> None:
        await lock_catalogue(tx)
        present = (await network(tx)).locations.get(location_id)
        if present is None:
            not_found("location")
        check_version(if_match, present.version)
        fields = msgspec.to_builtins(present)
        names = {field.name for field in msgspec.structs.fields(LocationRow)}
        row = {name: value for name, value in fields.items() if name in names}
        closed = msgspec.convert(row | {"active": False}, LocationRow)
        taken((await upsert_locations(tx, [closed], by=actor, now=now))[0])

    await db.run(work)
    return await _location(db, location_id)


@post(
    "/v1/locations/{location_id}/deactivate/preview",
    permission="catalogue:read",
    summary="Preview closing a location",
    keyed=False,
)
async def preview_location_deactivation(db: Database, location_id: UUID) -> LocationDeactivation:
    """Say which groups and channels would lose the location; nothing is changed."""
    async with db.reading() as tx:
        copy = await network(tx)
    present = copy.locations.get(location_id)
    if present is None:
        not_found("location")
    return _lost(copy, present)


def _lost(copy: Network, location: Location) -> LocationDeactivation:
    groups = [
        each for each in copy.named_groups.values() if location.location_id in each.location_ids
    ]
    ids = {each.location_group_id for each in groups}
    channels = [each for each in copy.channels.values() if each.location_group_id in ids]
    return LocationDeactivation(
        location.location_id,
        location.code,
        location.active,
        sorted(each.code for each in groups),
        sorted(each.code for each in channels),
        sorted(
            each.code
            for each in channels
            if {other.location_id for other in copy.group_locations(each.location_group_id)}
            <= {location.location_id}
        ),
    )


async def _location(db: Database, location_id: UUID | None) -> Answer[Location]:
    async with db.transaction() as tx:
        copy = await network(tx)
    found = None if location_id is None else copy.locations.get(location_id)
    if found is None:
        not_found("location")
    return Answer(found, version=found.version)


@get(
    "/v1/location-groups",
    permission="catalogue:read",
    summary="List location groups",
    scoped=True,
)
async def list_location_groups(
    db: Database, *, after: After = None, limit: Limit = 50
) -> Page[GroupView]:
    """Return location groups with their members, by code."""
    last = None if after is None else decode_cursor(after, tuple[str])[0]
    async with db.reading() as tx:
        every = group_views(await network(tx))
    rows = part_after(every, lambda each: each.code, last, limit + 1)
    return page_of(rows, limit, lambda each: each.code)


@post(
    "/v1/location-groups",
    permission="catalogue:write",
    summary="Create a location group",
    status_code=201,
    refuses=[Refusal.CODE_TAKEN, Refusal.LOCATION_UNKNOWN],
)
async def create_location_group(
    db: Database, clock: Clock, actor: Actor, data: LocationGroupRow
) -> Answer[GroupView]:
    """Create a location group whose code is new."""
    made = await create(db, clock, actor, upsert_location_groups, data)
    return await _group(db, made.subject_id)


@post(
    "/v1/location-groups/batch",
    permission="catalogue:write",
    summary="Save location groups in a batch",
)
async def save_location_groups(
    db: Database, clock: Clock, actor: Actor, data: Batch[LocationGroupRow]
) -> Outcomes[RowOutcome]:
    """Make or change location groups by code, with exactly the members named."""
    return await upsert(db, clock, actor, upsert_location_groups, data.items)


@get(
    "/v1/location-groups/{location_group_id}",
    permission="catalogue:read",
    summary="Get a location group",
    scoped=True,
)
async def get_location_group(db: Database, location_group_id: UUID) -> Answer[GroupView]:
    """Return one location group; its version is the ETag."""
    return await _group(db, location_group_id)


@put(
    "/v1/location-groups/{location_group_id}",
    permission="catalogue:write",
    summary="Replace a location group",
    refuses=[Refusal.CODE_FIXED, Refusal.LOCATION_UNKNOWN],
)
async def replace_location_group(
    db: Database,
    clock: Clock,
    actor: Actor,
    location_group_id: UUID,
    if_match: int | None,
    data: LocationGroupRow,
) -> Answer[GroupView]:
    """Replace name and members of a group, when it is at the version of If-Match."""

    async def find(tx: Tx) -> GroupView | None:
        return _found(await network(tx), location_group_id)

    await replace(db, clock, actor, upsert_location_groups, find, data, if_match, "location group")
    return await _group(db, location_group_id)


def _found(copy: Network, location_group_id: UUID | None) -> GroupView | None:
    views = group_views(copy)
    return next((each for each in views if each.location_group_id == location_group_id), None)


async def _group(db: Database, location_group_id: UUID | None) -> Answer[GroupView]:
    async with db.transaction() as tx:
        found = _found(await network(tx), location_group_id)
    if found is None:
        not_found("location group")
    return Answer(found, version=found.version)


ROUTES = (
    list_locations,
    create_location,
    save_locations,
    preview_locations,
    get_location,
    replace_location,
    deactivate_location,
    preview_location_deactivation,
    list_location_groups,
    create_location_group,
    save_location_groups,
    get_location_group,
    replace_location_group,
)
