"""One function a statement."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from argosy.identity import Actor
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements
from argosy.promotions.model import (
    CustomerKey,
    PriceList,
    PromotionCode,
    Redemption,
    Terms,
)

sql = Statements(__package__)

Stored = dict[str, tuple[UUID, int]]


async def load_price_lists(
    tx: Tx, codes: Sequence[str]
) -> tuple[dict[str, PriceList], dict[str, int]]:
    """Return price lists and their versions by code."""
    found, versions = {}, {}
    for row in await tx.fetch(sql("load_price_lists"), codes):
        fields = dict(row)
        versions[row["code"]] = fields.pop("version")
        found[row["code"]] = PriceList(**fields)
    return found, versions


async def load_codes(
    tx: Tx, codes: Sequence[str]
) -> tuple[dict[str, PromotionCode], dict[str, int]]:
    """Return promotion codes and their versions by code, locked."""
    found, versions = {}, {}
    for row in await tx.fetch(sql("load_codes"), codes):
        fields = dict(row)
        versions[row["code"]] = fields.pop("version")
        fields["channel_ids"] = tuple(fields["channel_ids"])
        found[row["code"]] = PromotionCode(**fields)
    return found, versions


async def upsert_price_lists(
    tx: Tx, records: Sequence[PriceList], *, by: Actor, now: datetime
) -> Stored:
    """Make or change price lists; return ids and versions by code."""
    rows = await tx.fetch(sql("upsert_price_lists"), records, now, str(by))
    return {row["code"]: (row["subject_id"], row["version"]) for row in rows}


async def upsert_codes(
    tx: Tx, records: Sequence[PromotionCode], *, by: Actor, now: datetime
) -> Stored:
    """Make or change promotion codes; return ids and versions by code."""
    rows = await tx.fetch(sql("upsert_codes"), records, now, str(by))
    return {row["code"]: (row["subject_id"], row["version"]) for row in rows}


async def upsert_prices(
    tx: Tx, prices: Sequence[tuple[UUID, UUID, int, Decimal]], *, by: Actor, now: datetime
) -> list[Decimal | None]:
    """Set prices (list, SKU, from how many units on, unit price); return what each was before."""
    rows = await tx.fetch(
        sql("upsert_prices"),
        [each[0] for each in prices],
        [each[1] for each in prices],
        [each[2] for each in prices],
        [each[3] for each in prices],
        now,
        str(by),
    )
    return [row["before"] for row in rows]


async def remove_prices(
    tx: Tx, keys: Sequence[tuple[UUID, UUID, int]], *, by: Actor, now: datetime
) -> dict[int, Decimal]:
    """Take prices away; return what was there, by place among `keys`."""
    rows = await tx.fetch(
        sql("remove_prices"),
        [each[0] for each in keys],
        [each[1] for each in keys],
        [each[2] for each in keys],
        now,
        str(by),
    )
    return {row["row_no"] - 1: row["unit_price"] for row in rows}


async def load_terms(
    tx: Tx,
    codes: Sequence[str],
    sku_ids: Sequence[UUID],
    customers: Sequence[CustomerKey],
    *,
    lock: bool,
) -> Terms:
    """Return what orders are checked against; with `lock` nobody else counts these codes."""
    if lock and codes:
        await tx.fetch(sql("lock_codes"), codes)
    row = await tx.fetchrow(
        sql("load_terms"),
        codes,
        sku_ids,
        [each.scope for each in customers],
        [each.key for each in customers],
        [each.name for each in customers],
    )
    assert row is not None
    known = msgspec.convert(row["codes"], list[PromotionCode], strict=False)
    lists = {
        each.price_list_id: each
        for each in msgspec.convert(row["price_lists"], list[PriceList], strict=False)
    }
    prices: dict[UUID, list[tuple[PriceList, int, Decimal]]] = {}
    for list_id, sku_id, from_units, price in row["prices"]:
        price_list = lists.get(UUID(list_id))
        if price_list is not None:
            entry = (price_list, from_units, Decimal(price))
            prices.setdefault(UUID(sku_id), []).append(entry)
    return Terms(
        codes={each.code: each for each in known},
        customer_uses={(UUID(code), name): used for code, name, used in row["uses"]},
        customer_groups=row["customer_groups"],
        prices=prices,
        uses={},
    )


async def redeem_codes(tx: Tx, redemptions: Sequence[Redemption], now: datetime) -> bool:
    """Count and record uses; False when a limit no longer allows all of them (then roll back)."""
    counted: bool = await tx.fetchval(
        sql("redeem_codes"),
        [each.promotion_code_id for each in redemptions],
        [each.order_id for each in redemptions],
        [each.customer_key for each in redemptions],
        [each.discount_minor for each in redemptions],
        now,
    )
    return counted
