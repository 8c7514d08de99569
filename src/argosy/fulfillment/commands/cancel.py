"""Canceling units of orders, also those that wait at locations which have not begun with them.

Orders stand below fulfillment and cannot call it, so the command that needs both is here: it locks
the orders, then their work, decides, takes work back and lets orders do the rest, in one
transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from argosy.fulfillment.commands.apply import apply_changes
from argosy.fulfillment.decide.recall import decide_recall, recallable_units, spread_recall
from argosy.fulfillment.model.work import Change, Work
from argosy.fulfillment.store import work as store
from argosy.kernel.database import Tx
from argosy.kernel.refusals import Refused
from argosy.orders import Cancel, CancelAsked, Refusal, decide_cancel, door as orders

MOST_ASKED = 2000

Outcome = orders.Canceled | Refused


async def cancel_orders(
    tx: Tx,
    asked: Sequence[CancelAsked],
    *,
    by: str,
    now: datetime,
    channels: frozenset[UUID] | None = None,
    preview: bool = False,
) -> list[Outcome]:
    """Cancel units of many orders, at most 2,000; one outcome each, in order.

    `channels` limit what the caller may see. With `preview` the same is loaded and decided, nothing
    is locked and nothing changed.
    """
    assert len(asked) <= MOST_ASKED
    facts = await orders.load_cancel_facts(tx, [each.order_id for each in asked], lock=not preview)
    allocated = [
        each.order_id for each in facts.values() if any(line.allocated for line in each.lines)
    ]
    works = await _load_works(tx, allocated, lock=not preview)
    seen: set[UUID] = set()
    decided: list[Cancel | Refused] = []
    for each in asked:
        order = facts.get(each.order_id)
        if order is None or (channels is not None and order.channel_id not in channels):
            decided.append(Refused(Refusal.ORDER_NOT_FOUND, "There is no such order."))
        elif each.order_id in seen:
            detail = f"Order {order.order_number} is named twice; sum it up."
            decided.append(Refused(Refusal.ORDER_NAMED_TWICE, detail))
        else:
            seen.add(each.order_id)
            recallable = recallable_units(works.get(each.order_id, ()))
            decided.append(decide_cancel(order, each, recallable))
    cancels = [each for each in decided if isinstance(each, Cancel)]
    if preview:
        done = iter(await orders.preview_cancel_units(tx, cancels))
    else:
        await apply_changes(tx, _recalls(cancels, works), by=by, now=now)
        done = iter(await orders.cancel_units(tx, cancels, by=by, now=now))
    return [each if isinstance(each, Refused) else next(done) for each in decided]


async def _load_works(
    tx: Tx, order_ids: Sequence[UUID], *, lock: bool
) -> Mapping[UUID, Sequence[Work]]:
    """Return the work of orders that nobody has taken on, by order."""
    if not order_ids:
        return {}
    ids = await store.find_open_work(tx, order_ids)
    works: dict[UUID, list[Work]] = {}
    for work in (await store.load_work(tx, ids, lock=lock, packages=False)).values():
        works.setdefault(work.order_id, []).append(work)
    return works


def _recalls(cancels: Sequence[Cancel], works: Mapping[UUID, Sequence[Work]]) -> list[Change]:
    changes = []
    for cancel in cancels:
        if not cancel.recalled:
            continue
        for work, units in spread_recall(works[cancel.facts.order_id], cancel.recalled):
            change = decide_recall(work, units, reason="order_canceled")
            assert isinstance(change, Change), change
            changes.append(change)
    return changes
