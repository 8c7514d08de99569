"""Routes of price lists, prices and quotes."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from argosy.catalogue import currency_fault, door as catalogue
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
    refuse,
)
from argosy.kernel.refusals import Refused
from argosy.promotions import reads
from argosy.promotions.commands import remove_prices, upsert_price_lists, upsert_prices
from argosy.promotions.http.answers import PriceOutcome, Text, outcomes_of, taken, tried
from argosy.promotions.model import (
    Code,
    CurrencyCode,
    CustomerKey,
    Moment,
    Outcome,
    PriceKey,
    PriceListRow,
    PriceRow,
    Quantity,
    Refusal,
)
from argosy.promotions.reads import PriceListView, PriceView, Quote


class QuoteLine(Struct, forbid_unknown_fields=True):
    """Goods to be priced."""

    sku: Code
    quantity: Quantity


class QuoteBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A basket to be priced; the customer is known by the channel's id or by e-mail address."""

    channel: Code
    lines: Annotated[list[QuoteLine], Meta(min_length=1, max_length=5000)]
    currency: CurrencyCode | None = None
    customer_external_id: Text | None = None
    customer_email: Text | None = None
    customer_group: Code | None = None
    promotion_codes: Annotated[list[Code], Meta(max_length=50)] = []
    at: Moment | None = None

    __examples__ = (
        {
            "channel": "web",
            "lines": [{"sku": "85123A", "quantity": 6}],
            "promotion_codes": ["SUMMER10"],
        },
    )


@get("/v1/price-lists", permission="prices:read", summary="List price lists", scoped=True)
async def list_price_lists(
    db: Database, *, after: After = None, limit: Limit = 50
) -> Page[PriceListView]:
    """Return price lists by code."""
    last = None if after is None else decode_cursor(after, tuple[str])[0]
    async with db.reading() as tx:
        rows = await reads.list_price_lists(tx, after=last, limit=limit + 1)
    return page_of(rows, limit, lambda row: row.code)


@post(
    "/v1/price-lists",
    permission="prices:write",
    summary="Create a price list",
    status_code=201,
    refuses=[Refusal.CODE_TAKEN, Refusal.CURRENCY_UNKNOWN, Refusal.CHANNEL_UNKNOWN],
)
async def create_price_list(
    db: Database, clock: Clock, actor: Actor, data: PriceListRow
) -> Answer[PriceListView]:
    """Create a price list whose code is new."""
    now = clock.now()
    done = await db.run(lambda tx: upsert_price_lists(tx, [data], by=actor, now=now, only_new=True))
    return await _answer(db, taken(done[0]).subject_id)


@post("/v1/price-lists/batch", permission="prices:write", summary="Save price lists in a batch")
async def save_price_lists(
    db: Database, clock: Clock, actor: Actor, data: Batch[PriceListRow]
) -> Outcomes[PriceOutcome]:
    """Make or change price lists by code, one outcome each."""
    now = clock.now()
    done = await db.run(lambda tx: upsert_price_lists(tx, data.items, by=actor, now=now))
    return outcomes_of([row.code for row in data.items], done)


@get(
    "/v1/price-lists/{price_list_id}",
    permission="prices:read",
    summary="Get a price list",
    scoped=True,
)
async def get_price_list(db: Database, price_list_id: UUID) -> Answer[PriceListView]:
    """Return one price list; its version is the ETag."""
    return await _answer(db, price_list_id)


@put(
    "/v1/price-lists/{price_list_id}",
    permission="prices:write",
    summary="Replace a price list",
    refuses=[Refusal.CODE_FIXED, Refusal.CURRENCY_UNKNOWN, Refusal.CHANNEL_UNKNOWN],
)
async def replace_price_list(
    db: Database,
    clock: Clock,
    actor: Actor,
    price_list_id: UUID,
    if_match: int | None,
    data: PriceListRow,
) -> Answer[PriceListView]:
    """Replace a price list but its code and prices, when it is at the version of If-Match."""
    now = clock.now()

    async def work(tx: Tx) -> Outcome:
        found = await reads.list_price_lists(tx, price_list_id=price_list_id)
        if not found:
            not_found("price list")
        check_version(if_match, found[0].version)
        if found[0].code != data.code:
            detail = f"It is called {found[0].code!r}, and stays so; make another list."
            return Refused(Refusal.CODE_FIXED, detail, "/code")
        return (await upsert_price_lists(tx, [data], by=actor, now=now))[0]

    taken(await db.run(work))
    return await _answer(db, price_list_id)


@get(
    "/v1/price-lists/{price_list_id}/prices",
    permission="prices:read",
    summary="List the prices of a list",
    scoped=True,
)
async def list_prices(
    db: Database,
    price_list_id: UUID,
    *,
    after: After = None,
    limit: Limit = 50,
    sku: Text | None = None,
) -> Page[PriceView]:
    """Return the prices of a list, those of one SKU together."""
    last = (None, None) if after is None else decode_cursor(after, tuple[UUID, int])
    async with db.reading() as tx:
        if not await reads.list_price_lists(tx, price_list_id=price_list_id):
            not_found("price list")
        rows = await reads.list_prices(tx, price_list_id, after=last, sku=sku, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.sku_id, row.min_quantity))


@post("/v1/prices/batch", permission="prices:write", summary="Set prices in a batch")
async def set_prices(
    db: Database, clock: Clock, actor: Actor, data: Batch[PriceRow]
) -> Outcomes[PriceOutcome]:
    """Set prices of SKUs in lists, one outcome each."""
    now = clock.now()
    done = await db.run(lambda tx: upsert_prices(tx, data.items, by=actor, now=now))
    return outcomes_of([row.sku for row in data.items], done)


@post("/v1/prices/remove/batch", permission="prices:write", summary="Remove prices in a batch")
async def remove_prices_batch(
    db: Database, clock: Clock, actor: Actor, data: Batch[PriceKey]
) -> Outcomes[PriceOutcome]:
    """Take prices away, one outcome each; what the next list says then counts."""
    now = clock.now()
    done = await db.run(lambda tx: remove_prices(tx, data.items, by=actor, now=now))
    return outcomes_of([key.sku for key in data.items], done)


@post(
    "/v1/prices/remove/batch/preview",
    permission="prices:write",
    summary="Preview removing prices",
    keyed=False,
)
async def preview_price_removal(
    db: Database, clock: Clock, actor: Actor, data: Batch[PriceKey]
) -> Outcomes[PriceOutcome]:
    """Say which prices could be taken away; nothing is changed."""
    now = clock.now()
    done = await tried(db, lambda tx: remove_prices(tx, data.items, by=actor, now=now))
    return outcomes_of([key.sku for key in data.items], done)


@post(
    "/v1/prices/quote",
    permission="prices:read",
    summary="Price a basket",
    keyed=False,
    refuses=[Refusal.CHANNEL_UNKNOWN, Refusal.SKU_UNKNOWN, Refusal.CURRENCY_UNKNOWN],
)
async def quote_basket(db: Database, clock: Clock, access: Access, data: QuoteBody) -> Quote:
    """Say what goods cost on a channel now or at a time, codes applied; no use is counted."""
    async with db.reading() as tx:
        network = await catalogue.network(tx)
        channel = network.channel_by_code(data.channel)
        if channel is None or not access.sees_channel(channel.channel_id):
            detail = f"There is no channel {data.channel!r}."
            refuse(Refused(Refusal.CHANNEL_UNKNOWN, detail, "/channel"), status=422)
        currency = data.currency or channel.currency
        fault = currency_fault(currency)
        if fault is not None:
            refuse(fault, status=422)
        skus = await catalogue.skus_by_code(tx, {line.sku for line in data.lines}, known=network)
        for index, line in enumerate(data.lines):
            if line.sku not in skus:
                detail = f"There is no SKU {line.sku!r}."
                refuse(Refused(Refusal.SKU_UNKNOWN, detail, f"/lines/{index}/sku"), status=422)
        customer = None
        if data.customer_external_id is not None:
            customer = CustomerKey(f"channel:{channel.channel_id}", data.customer_external_id)
        elif data.customer_email is not None:
            customer = CustomerKey("email", data.customer_email.strip().lower())
        return await reads.quote(
            tx,
            channel,
            currency,
            [(skus[line.sku], line.quantity) for line in data.lines],
            data.promotion_codes,
            at=data.at or clock.now(),
            customer=customer,
            customer_group=data.customer_group,
        )


async def _answer(db: Database, price_list_id: UUID) -> Answer[PriceListView]:
    async with db.transaction() as tx:
        found = await reads.list_price_lists(tx, price_list_id=price_list_id)
    if not found:
        not_found("price list")
    return Answer(found[0], version=found[0].version)


ROUTES = (
    list_price_lists,
    create_price_list,
    save_price_lists,
    get_price_list,
    replace_price_list,
    list_prices,
    set_prices,
    remove_prices_batch,
    preview_price_removal,
    quote_basket,
)
