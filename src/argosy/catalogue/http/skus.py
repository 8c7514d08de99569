"""Routes of SKUs and kits."""

from uuid import UUID

import msgspec
from msgspec import Struct

from argosy.catalogue import reads
from argosy.catalogue.commands import rename_skus, upsert_skus
from argosy.catalogue.http.saving import (
    RowOutcome,
    Text,
    create,
    outcomes_of,
    replace,
    taken,
    tried,
    upsert,
)
from argosy.catalogue.model import Refusal, SkuRename, SkuRow
from argosy.catalogue.reads import KitUse, SkuFilters, SkuView
from argosy.identity import Actor
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


class SkuDeactivation(Struct, frozen=True):
    """What comes of taking a SKU off sale: placed orders go on, new ones are refused."""

    sku_id: UUID
    code: str
    active_now: bool
    kits: list[KitUse]


@get("/v1/skus", permission="catalogue:read", summary="List SKUs", scoped=True)
async def list_skus(
    db: Database,
    *,
    after: After = None,
    limit: Limit = 50,
    code: Text | None = None,
    barcode: Text | None = None,
    product: Text | None = None,
    is_kit: bool | None = None,
    active: bool | None = None,
) -> Page[SkuView]:
    """Return SKUs by code; a barcode leads to the one that bears it."""
    last = None if after is None else decode_cursor(after, tuple[str])[0]
    filters = SkuFilters(code, barcode, product, is_kit, active)
    async with db.reading() as tx:
        rows = await reads.list_skus(tx, filters, after=last, limit=limit + 1)
    return page_of(rows, limit, lambda row: row.code)


@get("/v1/kits", permission="catalogue:read", summary="List kits", scoped=True)
async def list_kits(
    db: Database, *, after: After = None, limit: Limit = 50, active: bool | None = None
) -> Page[SkuView]:
    """Return the SKUs that are kits, with their parts, by code."""
    last = None if after is None else decode_cursor(after, tuple[str])[0]
    async with db.reading() as tx:
        filters = SkuFilters(is_kit=True, active=active)
        rows = await reads.list_skus(tx, filters, after=last, limit=limit + 1)
    return page_of(rows, limit, lambda row: row.code)


@post(
    "/v1/skus",
    permission="catalogue:write",
    summary="Create a SKU or a kit",
    status_code=201,
    refuses=[Refusal],
)
async def create_sku(db: Database, clock: Clock, actor: Actor, data: SkuRow) -> Answer[SkuView]:
    """Create a SKU whose code is new; one with components is a kit."""
    made = await create(db, clock, actor, upsert_skus, data)
    return await _answer(db, made.subject_id)


@post("/v1/skus/batch", permission="catalogue:write", summary="Save SKUs in a batch")
async def save_skus(
    db: Database, clock: Clock, actor: Actor, data: Batch[SkuRow]
) -> Outcomes[RowOutcome]:
    """Make or change SKUs and kits by code, one outcome each; rows may refer to each other."""
    return await upsert(db, clock, actor, upsert_skus, data.items)


@post(
    "/v1/skus/batch/preview",
    permission="catalogue:write",
    summary="Preview saving SKUs",
    keyed=False,
)
async def preview_skus(
    db: Database, clock: Clock, actor: Actor, data: Batch[SkuRow]
) -> Outcomes[RowOutcome]:
    """Say what saving these SKUs would do; nothing is changed."""
    now = clock.now()
    done = await tried(db, lambda tx: upsert_skus(tx, data.items, by=actor, now=now))
    return outcomes_of([row.code for row in data.items], done)


@post("/v1/skus/rename", permission="catalogue:write", summary="Rename SKUs")
async def rename_skus_batch(
    db: Database, clock: Clock, actor: Actor, data: Batch[SkuRename]
) -> Outcomes[RowOutcome]:
    """Give SKUs other codes, one outcome each; stock, orders and prices stay with the SKU."""
    now = clock.now()
    done = await db.run(lambda tx: rename_skus(tx, data.items, by=actor, now=now))
    return outcomes_of([row.code for row in data.items], done)


@post(
    "/v1/skus/rename/preview",
    permission="catalogue:write",
    summary="Preview renaming SKUs",
    keyed=False,
)
async def preview_rename(
    db: Database, clock: Clock, actor: Actor, data: Batch[SkuRename]
) -> Outcomes[RowOutcome]:
    """Say which SKUs could be given other codes; nothing is changed."""
    now = clock.now()
    done = await tried(db, lambda tx: rename_skus(tx, data.items, by=actor, now=now))
    return outcomes_of([row.code for row in data.items], done)


@get("/v1/skus/{sku_id}", permission="catalogue:read", summary="Get a SKU", scoped=True)
async def get_sku(db: Database, sku_id: UUID) -> Answer[SkuView]:
    """Return one SKU, with its parts when it is a kit; its version is the ETag."""
    return await _answer(db, sku_id)


@put(
    "/v1/skus/{sku_id}",
    permission="catalogue:write",
    summary="Replace a SKU",
    refuses=[Refusal],
)
async def replace_sku(
    db: Database,
    clock: Clock,
    actor: Actor,
    sku_id: UUID,
    if_match: int | None,
    data: SkuRow,
) -> Answer[SkuView]:
    """Replace all of a SKU but its code, when it is at the version of If-Match."""
    await replace(
        db,
        clock,
        actor,
        upsert_skus,
        lambda tx: reads.get_sku(tx, sku_id),
        data,
        if_match,
        "sku",
    )
    return await _answer(db, sku_id)


@post("/v1/skus/{sku_id}/deactivate", permission="catalogue:write", summary="Take a SKU off sale")
async def deactivate_sku(
    db: Database, clock: Clock, actor: Actor, sku_id: UUID, if_match: int | None
) -> Answer[SkuView]:
    """Refuse new orders of a SKU; what is placed goes on, and its stock stays."""
    now = clock.now()

    async def work(tx: Tx) -> None:
        present = await _present(tx, sku_id)
        check_version(if_match, present.version)
        done = await upsert_skus(tx, [_row(present)], by=actor, now=now)
        taken(done[0])

    await db.run(work)
    return await _answer(db, sku_id)


@post(
    "/v1/skus/{sku_id}/deactivate/preview",
    permission="catalogue:read",
    summary="Preview taking a SKU off sale",
    keyed=False,
    scoped=True,
)
async def preview_sku_deactivation(db: Database, sku_id: UUID) -> SkuDeactivation:
    """Say which kits have the SKU as a part; nothing is changed."""
    async with db.reading() as tx:
        present = await _present(tx, sku_id)
        kits = await reads.list_kits_of(tx, sku_id)
    return SkuDeactivation(sku_id, present.code, present.active, kits)


def _row(sku: SkuView) -> SkuRow:
    """Return the row that would leave a SKU as it is, but off sale."""
    fields = msgspec.to_builtins(sku)
    names = {field.name for field in msgspec.structs.fields(SkuRow)}
    row = {name: value for name, value in fields.items() if name in names}
    row["components"] = [
        {"sku": part["sku"], "quantity": part["quantity"]} for part in row["components"]
    ]
    return msgspec.convert(row | {"active": False}, SkuRow)


async def _present(tx: Tx, sku_id: UUID) -> SkuView:
    found = await reads.get_sku(tx, sku_id)
    if found is None:
        not_found("sku")
    return found


async def _answer(db: Database, sku_id: UUID | None) -> Answer[SkuView]:
    async with db.transaction() as tx:
        if sku_id is None:
            not_found("sku")
        found = await _present(tx, sku_id)
    return Answer(found, version=found.version)


ROUTES = (
    list_skus,
    list_kits,
    create_sku,
    save_skus,
    preview_skus,
    rename_skus_batch,
    preview_rename,
    get_sku,
    replace_sku,
    deactivate_sku,
    preview_sku_deactivation,
)
