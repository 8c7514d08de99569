"""Changes of price lists, prices and codes: many rows at once, one outcome each."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from argosy.catalogue import door as catalogue
from argosy.identity import Actor, AuditChange, door as identity
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused
from argosy.promotions import store
from argosy.promotions.decide import decide_codes, decide_price_lists, decide_prices, fold
from argosy.promotions.model import (
    Outcome,
    PriceKey,
    PriceList,
    PriceListRow,
    PriceRow,
    PromotionCode,
    PromotionCodeRow,
    Refusal,
    Taken,
)

R = TypeVar("R", PriceList, PromotionCode)


async def upsert_price_lists(
    tx: Tx, rows: Sequence[PriceListRow], *, by: Actor, now: datetime, only_new: bool = False
) -> list[Outcome]:
    """Make or change price lists by code; one outcome each. `only_new` refuses codes that exist."""
    network = await catalogue.network(tx)
    known, versions = await store.load_price_lists(tx, [row.code for row in rows])
    return await _settle(
        tx,
        "price_list",
        decide_price_lists(rows, known, network, new_id),
        known,
        versions,
        lambda records: store.upsert_price_lists(tx, records, by=by, now=now),
        lambda record: record.price_list_id,
        only_new=only_new,
        by=by,
        now=now,
    )


async def upsert_promotion_codes(
    tx: Tx, rows: Sequence[PromotionCodeRow], *, by: Actor, now: datetime, only_new: bool = False
) -> list[Outcome]:
    """Make or change promotion codes by code; one outcome each. How often one was used stays."""
    network = await catalogue.network(tx)
    known, versions = await store.load_codes(tx, [fold(row.code) for row in rows])
    return await _settle(
        tx,
        "promotion_code",
        decide_codes(rows, known, network, new_id),
        known,
        versions,
        lambda records: store.upsert_codes(tx, records, by=by, now=now),
        lambda record: record.promotion_code_id,
        only_new=only_new,
        by=by,
        now=now,
    )


async def _settle(
    tx: Tx,
    noun: str,
    decided: Sequence[R | Refused],
    known: Mapping[str, R],
    versions: Mapping[str, int],
    write: Callable[[Sequence[R]], Awaitable[store.Stored]],
    subject: Callable[[R], UUID],
    *,
    only_new: bool,
    by: Actor,
    now: datetime,
) -> list[Outcome]:
    """Write the records that are new or differ from what is known; one outcome each."""
    writing = [
        record
        for record in decided
        if not isinstance(record, Refused)
        and record != known.get(record.code)
        and not (only_new and record.code in known)
    ]
    stored = await write(writing) if writing else {}
    outcomes: list[Outcome] = []
    audited = []
    for record in decided:
        if isinstance(record, Refused):
            outcomes.append(record)
            continue
        before = known.get(record.code)
        if record.code in stored:
            subject_id, version = stored[record.code]
            outcomes.append(
                Taken(record.code, subject_id, version, "changed" if before else "created")
            )
            action = f"{noun}.{'changed' if before else 'created'}"
            audited.append(AuditChange(action, noun, str(subject_id), before, record))
        elif only_new:
            detail = f"There is a {noun.replace('_', ' ')} called {record.code!r} already."
            outcomes.append(Refused(Refusal.CODE_TAKEN, detail, "/code"))
        else:
            outcomes.append(Taken(record.code, subject(record), versions[record.code], "unchanged"))
    await identity.audit_changes(tx, audited, by=by, now=now)
    return outcomes


async def upsert_prices(
    tx: Tx, rows: Sequence[PriceRow], *, by: Actor, now: datetime
) -> list[Outcome]:
    """Set prices of SKUs in lists; one outcome each, whose version is that of the list before."""
    lists, versions = await store.load_price_lists(tx, sorted({row.price_list for row in rows}))
    skus = await catalogue.skus_by_code(tx, {row.sku for row in rows})
    decided = decide_prices(rows, lists, skus)
    writing = [each for each in decided if not isinstance(each, Refused)]
    before = iter(await store.upsert_prices(tx, writing, by=by, now=now) if writing else ())
    outcomes: list[Outcome] = []
    audited = []
    for row, each in zip(rows, decided, strict=True):
        if isinstance(each, Refused):
            outcomes.append(each)
            continue
        was = next(before)
        change = Taken(
            row.sku,
            each[0],
            versions[row.price_list],
            "created" if was is None else "unchanged" if was == each[3] else "changed",
        )
        outcomes.append(change)
        if change.change != "unchanged":
            name = f"{row.price_list} {row.sku} {row.min_quantity}"
            audited.append(AuditChange(f"price.{change.change}", "price", name, was, each[3]))
    await identity.audit_changes(tx, audited, by=by, now=now)
    return outcomes


async def remove_prices(
    tx: Tx, keys: Sequence[PriceKey], *, by: Actor, now: datetime
) -> list[Outcome]:
    """Take prices away; one outcome each."""
    lists, versions = await store.load_price_lists(tx, sorted({key.price_list for key in keys}))
    skus = await catalogue.skus_by_code(tx, {key.sku for key in keys})
    known = [
        (index, lists[key.price_list].price_list_id, skus[key.sku].sku_id, key.min_quantity)
        for index, key in enumerate(keys)
        if key.price_list in lists and key.sku in skus
    ]
    gone = (
        await store.remove_prices(tx, [each[1:] for each in known], by=by, now=now) if known else {}
    )
    removed = {known[place][0]: price for place, price in gone.items()}
    outcomes: list[Outcome] = []
    audited = []
    for index, key in enumerate(keys):
        if index not in removed:
            detail = f"{key.price_list!r} has no price of {key.sku!r} from {key.min_quantity} on."
            outcomes.append(Refused(Refusal.PRICE_UNKNOWN, detail, "/sku"))
            continue
        list_id = lists[key.price_list].price_list_id
        outcomes.append(Taken(key.sku, list_id, versions[key.price_list], "removed"))
        name = f"{key.price_list} {key.sku} {key.min_quantity}"
        audited.append(AuditChange("price.removed", "price", name, removed[index]))
    await identity.audit_changes(tx, audited, by=by, now=now)
    return outcomes
