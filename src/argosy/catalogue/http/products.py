"""Routes of products."""

from uuid import UUID

from argosy.catalogue import reads
from argosy.catalogue.commands import upsert_products
from argosy.catalogue.http.saving import (
    RowOutcome,
    Text,
    create,
    outcomes_of,
    replace,
    tried,
    upsert,
)
from argosy.catalogue.model import ProductRow, Refusal
from argosy.catalogue.reads import ProductView
from argosy.identity import Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
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


@get("/v1/products", permission="catalogue:read", summary="List products", scoped=True)
async def list_products(
    db: Database,
    *,
    after: After = None,
    limit: Limit = 50,
    code: Text | None = None,
    brand: Text | None = None,
) -> Page[ProductView]:
    """Return products by code."""
    last = None if after is None else decode_cursor(after, tuple[str])[0]
    async with db.reading() as tx:
        rows = await reads.list_products(tx, after=last, code=code, brand=brand, limit=limit + 1)
    return page_of(rows, limit, lambda row: row.code)


@post(
    "/v1/products",
    permission="catalogue:write",
    summary="Create a product",
    status_code=201,
    refuses=[Refusal.CODE_TAKEN],
)
async def create_product(
    db: Database, clock: Clock, actor: Actor, data: ProductRow
) -> Answer[ProductView]:
    """Create a product whose code is new."""
    made = await create(db, clock, actor, upsert_products, data)
    return await _answer(db, made.subject_id)


@post("/v1/products/batch", permission="catalogue:write", summary="Save products in a batch")
async def save_products(
    db: Database, clock: Clock, actor: Actor, data: Batch[ProductRow]
) -> Outcomes[RowOutcome]:
    """Make or change products by code, one outcome each."""
    return await upsert(db, clock, actor, upsert_products, data.items)


@post(
    "/v1/products/batch/preview",
    permission="catalogue:write",
    summary="Preview saving products",
    keyed=False,
)
async def preview_products(
    db: Database, clock: Clock, actor: Actor, data: Batch[ProductRow]
) -> Outcomes[RowOutcome]:
    """Say what saving these products would do; nothing is changed."""
    now = clock.now()
    done = await tried(db, lambda tx: upsert_products(tx, data.items, by=actor, now=now))
    return outcomes_of([row.code for row in data.items], done)


@get("/v1/products/{product_id}", permission="catalogue:read", summary="Get a product", scoped=True)
async def get_product(db: Database, product_id: UUID) -> Answer[ProductView]:
    """Return one product; its version is the ETag."""
    return await _answer(db, product_id)


@put(
    "/v1/products/{product_id}",
    permission="catalogue:write",
    summary="Replace a product",
    refuses=[Refusal.CODE_FIXED],
)
async def replace_product(
    db: Database,
    clock: Clock,
    actor: Actor,
    product_id: UUID,
    if_match: int | None,
    data: ProductRow,
) -> Answer[ProductView]:
    """Replace all of a product but its code, when it is at the version of If-Match."""
    await replace(
        db,
        clock,
        actor,
        upsert_products,
        lambda tx: reads.get_product(tx, product_id),
        data,
        if_match,
        "product",
    )
    return await _answer(db, product_id)


async def _answer(db: Database, product_id: UUID | None) -> Answer[ProductView]:
    async with db.transaction() as tx:
        found = None if product_id is None else await reads.get_product(tx, product_id)
    if found is None:
        not_found("product")
    return Answer(found, version=found.version)


ROUTES = (
    list_products,
    create_product,
    save_products,
    preview_products,
    get_product,
    replace_product,
)
