"""Routes of promotion codes."""

from uuid import UUID

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
from argosy.kernel.refusals import Refused
from argosy.promotions import reads
from argosy.promotions.commands import upsert_promotion_codes
from argosy.promotions.decide import fold
from argosy.promotions.http.answers import PriceOutcome, outcomes_of, taken, tried
from argosy.promotions.model import Outcome, PromotionCodeRow, Refusal
from argosy.promotions.reads import PromotionCodeView, RedemptionView


@get("/v1/promotion-codes", permission="prices:read", summary="List promotion codes", scoped=True)
async def list_promotion_codes(
    db: Database, *, after: After = None, limit: Limit = 50, active: bool | None = None
) -> Page[PromotionCodeView]:
    """Return promotion codes by code, with how often each was used."""
    last = None if after is None else decode_cursor(after, tuple[str])[0]
    async with db.reading() as tx:
        rows = await reads.list_codes(tx, after=last, active=active, limit=limit + 1)
    return page_of(rows, limit, lambda row: row.code)


@post(
    "/v1/promotion-codes",
    permission="prices:write",
    summary="Create a promotion code",
    status_code=201,
    refuses=[
        Refusal.CODE_TAKEN,
        Refusal.DISCOUNT_UNCLEAR,
        Refusal.CURRENCY_MISSING,
        Refusal.CHANNEL_UNKNOWN,
        Refusal.DATES_REVERSED,
    ],
)
async def create_promotion_code(
    db: Database, clock: Clock, actor: Actor, data: PromotionCodeRow
) -> Answer[PromotionCodeView]:
    """Create a promotion code that is new."""
    now = clock.now()
    done = await db.run(
        lambda tx: upsert_promotion_codes(tx, [data], by=actor, now=now, only_new=True)
    )
    return await _answer(db, taken(done[0]).subject_id)


@post(
    "/v1/promotion-codes/batch",
    permission="prices:write",
    summary="Save promotion codes in a batch",
)
async def save_promotion_codes(
    db: Database, clock: Clock, actor: Actor, data: Batch[PromotionCodeRow]
) -> Outcomes[PriceOutcome]:
    """Make or change promotion codes, one outcome each; how often one was used stays."""
    now = clock.now()
    done = await db.run(lambda tx: upsert_promotion_codes(tx, data.items, by=actor, now=now))
    return outcomes_of([row.code for row in data.items], done)


@post(
    "/v1/promotion-codes/batch/preview",
    permission="prices:write",
    summary="Preview saving promotion codes",
    keyed=False,
)
async def preview_promotion_codes(
    db: Database, clock: Clock, actor: Actor, data: Batch[PromotionCodeRow]
) -> Outcomes[PriceOutcome]:
    """Say what saving these codes would do; nothing is changed."""
    now = clock.now()
    done = await tried(db, lambda tx: upsert_promotion_codes(tx, data.items, by=actor, now=now))
    return outcomes_of([row.code for row in data.items], done)


@get(
    "/v1/promotion-codes/{promotion_code_id}",
    permission="prices:read",
    summary="Get a promotion code",
    scoped=True,
)
async def get_promotion_code(db: Database, promotion_code_id: UUID) -> Answer[PromotionCodeView]:
    """Return one promotion code; its version is the ETag."""
    return await _answer(db, promotion_code_id)


@put(
    "/v1/promotion-codes/{promotion_code_id}",
    permission="prices:write",
    summary="Replace a promotion code",
    refuses=[Refusal.CODE_FIXED, Refusal.LIMIT_BELOW_USES, Refusal.DISCOUNT_UNCLEAR],
)
async def replace_promotion_code(
    db: Database,
    clock: Clock,
    actor: Actor,
    promotion_code_id: UUID,
    if_match: int | None,
    data: PromotionCodeRow,
) -> Answer[PromotionCodeView]:
    """Replace what a code gives and its limits, when it is at the version of If-Match."""
    now = clock.now()

    async def work(tx: Tx) -> Outcome:
        found = await reads.list_codes(tx, promotion_code_id=promotion_code_id)
        if not found:
            not_found("promotion code")
        check_version(if_match, found[0].version)
        if found[0].code != fold(data.code):
            detail = f"It is {found[0].code!r}, and stays so; make another code."
            return Refused(Refusal.CODE_FIXED, detail, "/code")
        return (await upsert_promotion_codes(tx, [data], by=actor, now=now))[0]

    taken(await db.run(work))
    return await _answer(db, promotion_code_id)


@get(
    "/v1/promotion-codes/{promotion_code_id}/redemptions",
    permission="prices:read",
    summary="List the uses of a promotion code",
)
async def list_redemptions(
    db: Database, promotion_code_id: UUID, *, after: After = None, limit: Limit = 50
) -> Page[RedemptionView]:
    """Return the orders that used a code."""
    last = None if after is None else decode_cursor(after, tuple[UUID])[0]
    async with db.reading() as tx:
        if not await reads.list_codes(tx, promotion_code_id=promotion_code_id):
            not_found("promotion code")
        rows = await reads.list_redemptions(tx, promotion_code_id, after=last, limit=limit + 1)
    return page_of(rows, limit, lambda row: row.order_id)


async def _answer(db: Database, promotion_code_id: UUID) -> Answer[PromotionCodeView]:
    async with db.transaction() as tx:
        found = await reads.list_codes(tx, promotion_code_id=promotion_code_id)
    if not found:
        not_found("promotion code")
    return Answer(found[0], version=found[0].version)


ROUTES = (
    list_promotion_codes,
    create_promotion_code,
    save_promotion_codes,
    preview_promotion_codes,
    get_promotion_code,
    replace_promotion_code,
    list_redemptions,
)
