"""Receipts, adjustments and counts: what a location says happened to its stock."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.catalogue import Location, Sku
from argosy.inventory.commands.fill import fill_skus
from argosy.inventory.commands.places import load_places
from argosy.inventory.decide.places import moment_of
from argosy.inventory.model import Refusal
from argosy.inventory.model.feeds import SetQuantity
from argosy.inventory.model.stock import (
    MOST_ON_HAND,
    Adjustment,
    Changed,
    Count,
    Counted,
    Receipt,
    StockChange,
)
from argosy.inventory.store import changes as store
from argosy.inventory.store.backorders import lock_waiting
from argosy.kernel.database import Database, Tx
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused

MOST_TRIES = 5


class PlaceAppeared(Exception):  # noqa: N818  (it names what happened)
    """Somebody made a balance between the reading and the writing; the caller tries again."""


async def adjust_stock(
    tx: Tx,
    asked: Sequence[Adjustment],
    *,
    reach: frozenset[UUID] | None = None,
    by: str,
    now: datetime,
) -> list[Changed | Refused]:
    """Add or take units, one outcome each; no less is left than is promised to orders.

    Rows of one SKU and place are done together or refused together.
    """
    places = await load_places(tx, {each.sku for each in asked}, reach=reach)
    outcomes: list[Changed | Refused | None] = []
    rows: list[StockChange] = []
    cause_id = new_id()
    for each in asked:
        found = places.place(each.sku, each.location)
        if each.quantity == 0:
            detail = "An adjustment adds or takes at least one unit."
            found = Refused(Refusal.QUANTITY_IS_ZERO, detail, "/quantity")
        if isinstance(found, Refused):
            outcomes.append(found)
            continue
        outcomes.append(None)
        sku, location = found
        rows.append(
            StockChange(sku.sku_id, location.location_id, each.quantity, each.reason, cause_id)
        )
    if not rows:
        return [each for each in outcomes if each is not None]
    waiting = await lock_waiting(
        tx, [(row.sku_id, row.location_id) for row in rows if row.delta > 0]
    )
    moved = await store.change_stock(
        tx, rows, kind="adjusted", cause_kind="adjustment", by=by, now=now
    )
    await fill_skus(tx, waiting, by=by, now=now)
    told = iter(moved)
    return [_changed(next(told)) if each is None else each for each in outcomes]


def _changed(moved: store.Moved) -> Changed | Refused:
    if moved.is_done:
        return Changed(moved.on_hand)
    if moved.on_hand + moved.delta > MOST_ON_HAND:
        return _too_large()
    detail = (
        f"{moved.on_hand} are on hand and {moved.promised} of them promised: at most "
        f"{moved.on_hand - moved.promised} can be taken."
    )
    facts = {"on_hand": moved.on_hand, "promised": moved.promised}
    return Refused(Refusal.BELOW_PROMISED, detail, "/quantity", facts)


def _too_large() -> Refused:
    detail = f"A balance holds up to {MOST_ON_HAND:,} units."
    return Refused(Refusal.STOCK_TOO_LARGE, detail, "/quantity")


async def receive_stock(
    tx: Tx,
    asked: Sequence[Receipt],
    *,
    reach: frozenset[UUID] | None = None,
    by: str,
    now: datetime,
) -> list[Changed | Refused]:
    """Take delivered units in, one outcome each; who waits for them gets them first."""
    places = await load_places(tx, {each.sku for each in asked}, reach=reach)
    outcomes: list[Changed | Refused | None] = []
    rows: list[store.Receive] = []
    for each in asked:
        found = places.place(each.sku, each.location)
        if isinstance(found, Refused):
            outcomes.append(found)
            continue
        outcomes.append(None)
        sku, location = found
        rows.append(
            store.Receive(
                sku.sku_id, location.location_id, each.quantity, each.incoming_id, each.reference
            )
        )
    if not rows:
        return [each for each in outcomes if each is not None]
    waiting = await lock_waiting(tx, [(row.sku_id, row.location_id) for row in rows])
    received = await store.receive_stock(tx, rows, receipt_id=new_id(), by=by, now=now)
    await fill_skus(tx, waiting, by=by, now=now)
    told = iter(received)
    return [_received(next(told)) if each is None else each for each in outcomes]


def _received(received: store.Received) -> Changed | Refused:
    if received.is_done:
        assert received.on_hand is not None
        return Changed(received.on_hand)
    if received.is_expected:
        return _too_large()
    detail = (
        "Nothing of the SKU is expected at the location under this id, or it has arrived: "
        "receive it without `incoming_id`."
    )
    return Refused(Refusal.INCOMING_UNKNOWN, detail, "/incoming_id")


async def count_stock(
    db: Database,
    asked: Sequence[Count],
    *,
    reach: frozenset[UUID] | None = None,
    by: str,
    now: datetime,
) -> list[Counted | Refused]:
    """Set what was counted, one outcome each, in a transaction of its own."""
    for attempt in range(MOST_TRIES):
        try:
            return await db.run(lambda tx: _count(tx, asked, reach, by=by, now=now))
        except PlaceAppeared:
            if attempt == MOST_TRIES - 1:
                raise
    raise AssertionError("unreachable")


async def _count(
    tx: Tx,
    asked: Sequence[Count],
    reach: frozenset[UUID] | None,
    *,
    by: str,
    now: datetime,
) -> list[Counted | Refused]:
    places = await load_places(tx, {each.sku for each in asked}, reach=reach)
    count_id = new_id()
    seen: set[tuple[UUID, UUID]] = set()
    outcomes: list[Counted | Refused | None] = []
    rows: list[SetQuantity] = []
    for each in asked:
        row = _count_row(each, places.place(each.sku, each.location), count_id, now)
        if isinstance(row, SetQuantity):
            if (row.sku_id, row.location_id) in seen:
                detail = "The SKU was counted at this location in an earlier row of the batch."
                row = Refused(Refusal.POSITION_REPEATED, detail, "/sku")
            else:
                seen.add((row.sku_id, row.location_id))
                rows.append(row)
                outcomes.append(None)
                continue
        outcomes.append(row)
    if not rows:
        return [each for each in outcomes if each is not None]
    await store.lock_feed_heads(tx, [row.location_id for row in rows], now)
    waiting = await lock_waiting(tx, [(row.sku_id, row.location_id) for row in rows])
    causes = await store.set_quantities(tx, rows, cause_kind="count", by=by, now=now)
    settled = causes.get(count_id)
    if settled is None or settled.settled < len(rows):
        raise PlaceAppeared
    await fill_skus(tx, waiting, by=by, now=now)
    told = iter(settled.told)
    return [_counted(next(told)) if each is None else each for each in outcomes]


def _count_row(
    asked: Count, place: tuple[Sku, Location] | Refused, count_id: UUID, now: datetime
) -> SetQuantity | Refused:
    if isinstance(place, Refused):
        return place
    as_of = moment_of(asked.as_of, now)
    if isinstance(as_of, Refused):
        return as_of
    sku, location = place
    return SetQuantity(
        sku.sku_id, location.location_id, asked.quantity, as_of, count_id, asked.reason
    )


def _counted(told: tuple[int, bool, int | None, int, int, int]) -> Counted | Refused:
    _, is_stale, on_hand, difference, _, short_by = told
    if is_stale:
        detail = "The place was counted or fed with a later time: this count is older."
        return Refused(Refusal.COUNT_IS_STALE, detail, "/as_of")
    assert on_hand is not None
    return Counted(on_hand, difference, short_by)
