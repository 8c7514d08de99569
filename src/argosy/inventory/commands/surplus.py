"""Giving back what lines of orders need no longer, as cancellations ask for."""

from collections.abc import Sequence
from datetime import datetime

from argosy.inventory.decide.surplus import decide_surplus
from argosy.inventory.model.surplus import Need, Surplus
from argosy.inventory.store import backorders, promise
from argosy.kernel.database import Tx


async def preview_surplus(tx: Tx, needs: Sequence[Need]) -> list[Surplus]:
    """Return what `give_back_surplus` would give back; nothing is changed."""
    return decide_surplus(needs, await backorders.load_held(tx, needs))


async def give_back_surplus(
    tx: Tx, needs: Sequence[Need], *, by: str, now: datetime
) -> list[Surplus]:
    """Give back what each line holds beyond its need, once for each cause; return what it was.

    The owners are locked by the caller, so that nobody allocates meanwhile. Availability is never
    asked. Back-orders may be filled meanwhile: where any wait, all stock of the SKUs is locked and
    looked at again.
    """
    found = await preview_surplus(tx, needs)
    if any(each.waiting for each in found):
        await promise.lock_stock(tx, sorted({each.sku_id for each in found}))
        found = await preview_surplus(tx, needs)
    await backorders.cancel_backorders(
        tx,
        [
            backorders.CancelBackorder(each.sku_id, each.owner_id, each.line_no, each.waiting)
            for each in found
            if each.waiting
        ],
        now,
    )
    await backorders.release_reservations(
        tx,
        [
            backorders.Release(
                each.sku_id, each.owner_id, each.line_no, each.reserved, each.cause_id
            )
            for each in found
            if each.reserved
        ],
        cause_kind="change_order",
        by=by,
        now=now,
    )
    return found
