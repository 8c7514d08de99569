"""Changes of products and SKUs."""

from collections.abc import Sequence
from datetime import datetime

from argosy.catalogue import store
from argosy.catalogue.commands.settle import settle
from argosy.catalogue.decide.skus import decide_products, decide_renames, decide_skus
from argosy.catalogue.model import Outcome, ProductRow, SkuRename, SkuRow, Taken
from argosy.identity import Actor, AuditChange, door as identity
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused


async def upsert_products(
    tx: Tx, rows: Sequence[ProductRow], *, by: Actor, now: datetime, only_new: bool = False
) -> list[Outcome]:
    """Make or change products by code; one outcome each."""
    await store.lock_catalogue(tx)
    known = await store.load_products(tx, [row.code for row in rows])
    return await settle(
        tx,
        "product",
        decide_products(rows, known, new_id),
        known,
        lambda records: store.upsert_products(tx, records, by=by, now=now),
        subject=lambda record: record.product_id,
        only_new=only_new,
        by=by,
        now=now,
    )


async def upsert_skus(
    tx: Tx, rows: Sequence[SkuRow], *, by: Actor, now: datetime, only_new: bool = False
) -> list[Outcome]:
    """Make or change SKUs and kits by code, five statements for any number; one outcome each.

    `only_new` refuses codes that exist. Codes of a batch may refer to each other.
    """
    await store.lock_catalogue(tx)
    facts = await store.load_sku_facts(
        tx,
        sorted({row.code for row in rows} | {p.sku for row in rows for p in row.components}),
        sorted({row.product for row in rows if row.product is not None}),
        sorted({barcode for row in rows for barcode in row.barcodes}),
    )
    return await settle(
        tx,
        "sku",
        decide_skus(rows, facts, new_id),
        facts.skus,
        lambda records: store.upsert_skus(tx, records, by=by, now=now),
        subject=lambda record: record.sku_id,
        only_new=only_new,
        by=by,
        now=now,
    )


async def rename_skus(
    tx: Tx, rows: Sequence[SkuRename], *, by: Actor, now: datetime
) -> list[Outcome]:
    """Give SKUs other codes; stock, orders and prices know a SKU by its id and are not touched."""
    await store.lock_catalogue(tx)
    codes = {row.code for row in rows} | {row.new_code for row in rows}
    known = await store.find_skus_by_code(tx, sorted(codes))
    decided = decide_renames(rows, {code: sku_id for code, (sku_id, _) in known.items()})
    renames = [
        each
        for each, row in zip(decided, rows, strict=True)
        if not isinstance(each, Refused) and row.code != row.new_code
    ]
    versions = await store.rename_skus(tx, renames, by=by, now=now) if renames else {}
    outcomes: list[Outcome] = []
    audited = []
    for each, row in zip(decided, rows, strict=True):
        if isinstance(each, Refused):
            outcomes.append(each)
            continue
        sku_id, code = each
        if code not in versions:
            outcomes.append(Taken(code, sku_id, known[code][1], "unchanged"))
            continue
        outcomes.append(Taken(code, sku_id, versions[code], "changed"))
        before, after = {"code": row.code}, {"code": code}
        audited.append(AuditChange("sku.renamed", "sku", str(sku_id), before, after))
    await identity.audit_changes(tx, audited, by=by, now=now)
    return outcomes
