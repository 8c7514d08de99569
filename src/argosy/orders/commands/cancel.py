"""Canceling units that are at no location: their stock is given back, a change order written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from argosy.inventory import Surplus, door as inventory, order_units
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.orders.decide.cancel import needs_after
from argosy.orders.model import Cancel, CancelFacts
from argosy.orders.store import changes as store
from argosy.orders.store.changes import CancelRow


class Canceled(Struct, frozen=True):
    """What became of an order; without `change_order_id` it is what would become of it."""

    cancel: Cancel
    stock: list[Surplus]
    version: int
    lifecycle: str
    change_order_id: UUID | None = None


async def load_cancel_facts(
    tx: Tx, order_ids: Sequence[UUID], *, lock: bool
) -> Mapping[UUID, CancelFacts]:
    """Return orders as they are, by id; with `lock` nobody changes them until the end of `tx`."""
    return await store.load_cancel_facts(tx, order_ids, lock=lock)


async def preview_cancel_units(tx: Tx, decided: Sequence[Cancel]) -> list[Canceled]:
    """Return what `cancel_units` would do, in order; nothing is changed."""
    named = [(each, new_id()) for each in decided]
    needs = [need for each, key in named for need in needs_after(each, key, recalled=True)]
    stock = _by_cause(await inventory.preview_surplus(tx, needs))
    return [
        Canceled(
            each,
            stock.get(key, []),
            each.facts.version,
            "canceled" if each.is_whole else each.facts.lifecycle,
        )
        for each, key in named
    ]


async def cancel_units(
    tx: Tx, decided: Sequence[Cancel], *, by: str, now: datetime
) -> list[Canceled]:
    """Apply decided cancellations, one for each order; the orders are locked since their facts.

    Recalled units are back at their orders already, which has counted the orders on by one. What
    the buyers are owed is told by `order.units_canceled.v1`. Raises RuntimeError, and so undoes
    the transaction, when an order is not as it was decided about.
    """
    named = [(each, new_id()) for each in decided]
    needs = [need for each, key in named for need in needs_after(each, key, recalled=False)]
    found = await inventory.give_back_surplus(tx, needs, by=by, now=now)
    stock, waited = _by_cause(found), order_units(found)
    rows = [
        CancelRow(
            each,
            each.facts.version + (1 if each.recalled else 0),
            key,
            waited.get(each.facts.order_id, 0),
        )
        for each, key in named
    ]
    done = await store.cancel_units(tx, rows, by=by, now=now)
    if len(done) != len(rows):
        raise RuntimeError("an order was changed under its lock")
    return [
        Canceled(
            each,
            stock.get(key, []),
            done[each.facts.order_id].version,
            done[each.facts.order_id].lifecycle,
            key,
        )
        for each, key in named
    ]


def _by_cause(found: Sequence[Surplus]) -> dict[UUID, list[Surplus]]:
    stock: dict[UUID, list[Surplus]] = {}
    for each in found:
        stock.setdefault(each.cause_id, []).append(each)
    return stock
