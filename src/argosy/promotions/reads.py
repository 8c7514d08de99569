"""Questions about prices and codes: lists, and what a basket would cost."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from argosy.catalogue import Channel, Sku
from argosy.kernel.database import Tx
from argosy.kernel.refusals import Refused
from argosy.kernel.sql import Statements
from argosy.promotions import store
from argosy.promotions.decide import amount_of, decide_discounts, fold, price_of
from argosy.promotions.model import Basket, CustomerKey

sql = Statements(__package__)


class PriceListView(Struct, frozen=True):
    """A price list; without channel and customer group it is for all."""

    price_list_id: UUID
    code: str
    name: str
    currency: str
    channel: str | None
    customer_group: str | None
    priority: int
    valid_from: datetime | None
    valid_until: datetime | None
    active: bool
    version: int


class PriceView(Struct, frozen=True):
    """A price of a list, from `min_quantity` units of a line on."""

    sku: str
    min_quantity: int
    unit_price: str
    sku_id: UUID


class PromotionCodeView(Struct, frozen=True):
    """A promotion code, its limits, and how often it was used."""

    promotion_code_id: UUID
    code: str
    title: str
    percent: Decimal | None
    amount_minor: int | None
    currency: str | None
    minimum_minor: int
    channels: list[str]
    valid_from: datetime | None
    valid_until: datetime | None
    most_uses: int | None
    most_uses_per_customer: int | None
    used: int
    active: bool
    version: int


class RedemptionView(Struct, frozen=True):
    """A use of a code by an order."""

    order_id: UUID
    customer_key: str | None
    discount_minor: int
    redeemed_at: datetime


class QuotedLine(Struct, frozen=True):
    """What a line costs, and by which price list; None when no list has a price."""

    sku: str
    quantity: int
    unit_price: str | None
    amount_minor: int | None
    price_list: str | None


class QuotedCode(Struct, frozen=True, omit_defaults=True):
    """What a code takes off, or why it is not good."""

    code: str
    discount_minor: int = 0
    refused: str | None = None
    detail: str | None = None


class Quote(Struct, frozen=True):
    """What a basket costs; `complete` is false when a line has no price."""

    currency: str
    lines: list[QuotedLine]
    goods_minor: int
    promotion_codes: list[QuotedCode]
    discount_minor: int
    total_minor: int
    complete: bool


async def list_price_lists(
    tx: Tx, *, after: str | None = None, price_list_id: UUID | None = None, limit: int = 50
) -> list[PriceListView]:
    """Return price lists by code, or one by id."""
    rows = await tx.fetch(sql("list_price_lists"), after, price_list_id, limit)
    return [PriceListView(**row) for row in rows]


async def list_prices(
    tx: Tx,
    price_list_id: UUID,
    *,
    after: tuple[UUID | None, int | None] = (None, None),
    sku: str | None = None,
    limit: int = 50,
) -> list[PriceView]:
    """Return the prices of a list."""
    rows = await tx.fetch(sql("list_prices"), price_list_id, *after, sku, limit)
    return [
        PriceView(
            row["sku"],
            row["min_quantity"],
            format(Decimal(row["unit_price"]).normalize(), "f"),
            row["sku_id"],
        )
        for row in rows
    ]


async def list_codes(
    tx: Tx,
    *,
    after: str | None = None,
    promotion_code_id: UUID | None = None,
    active: bool | None = None,
    limit: int = 50,
) -> list[PromotionCodeView]:
    """Return promotion codes by code, or one by id."""
    rows = await tx.fetch(sql("list_codes"), after, promotion_code_id, active, limit)
    return [PromotionCodeView(**row) for row in rows]


async def list_redemptions(
    tx: Tx, promotion_code_id: UUID, *, after: UUID | None = None, limit: int = 50
) -> list[RedemptionView]:
    """Return who used a code, by order."""
    rows = await tx.fetch(sql("list_redemptions"), promotion_code_id, after, limit)
    return [RedemptionView(**row) for row in rows]


async def quote(
    tx: Tx,
    channel: Channel,
    currency: str,
    goods: Sequence[tuple[Sku, int]],
    codes: Sequence[str],
    *,
    at: datetime,
    customer: CustomerKey | None = None,
    customer_group: str | None = None,
) -> Quote:
    """Return what `goods` (SKU, units) cost on a channel at a time; counts no use of codes."""
    terms = await store.load_terms(
        tx,
        [fold(code) for code in codes],
        sorted({sku.sku_id for sku, _ in goods}),
        [customer] if customer is not None else [],
        lock=False,
    )
    basket = Basket(channel.channel_id, currency, at, 0, customer, customer_group)
    lines = []
    for sku, quantity in goods:
        found = price_of(terms, basket, sku.sku_id, quantity)
        lines.append(
            QuotedLine(sku.code, quantity, None, None, None)
            if found is None
            else QuotedLine(
                sku.code,
                quantity,
                format(found[1].normalize(), "f"),
                amount_of(found[1], quantity, currency),
                found[0].code,
            )
        )
    goods_minor = sum(line.amount_minor or 0 for line in lines)
    basket = Basket(channel.channel_id, currency, at, goods_minor, customer, customer_group)
    decided = decide_discounts(terms, basket, codes)
    discount = sum(each.discount_minor for each in decided if not isinstance(each, Refused))
    return Quote(
        currency=currency,
        lines=lines,
        goods_minor=goods_minor,
        promotion_codes=[
            QuotedCode(code, refused=each.code.value, detail=each.detail)
            if isinstance(each, Refused)
            else QuotedCode(code, each.discount_minor)
            for code, each in zip(codes, decided, strict=True)
        ],
        discount_minor=discount,
        total_minor=goods_minor - discount,
        complete=all(line.unit_price is not None for line in lines),
    )
