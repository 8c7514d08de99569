"""Holds and notes: what people and policies write on an order to stop it or to say something."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from argosy.kernel.database import Tx
from argosy.orders import store
from argosy.orders.model import Hold, Refusal


class HoldRefused(msgspec.Struct, frozen=True):
    """A hold was not placed or released, and why."""

    code: Refusal
    detail: str


async def hold_orders(
    tx: Tx, holds: Sequence[tuple[UUID, Hold]], *, by: str, now: datetime
) -> list[UUID | HoldRefused]:
    """Place holds on open orders; one outcome each: the hold's id, or why it was refused."""
    placed = await store.place_holds(tx, holds, by=by, now=now)
    missing = [order_id for (order_id, _), made in zip(holds, placed, strict=True) if made is None]
    rows = await store.find_holds(tx, missing) if missing else []
    lifecycles: dict[UUID, str] = {row["order_id"]: row["lifecycle"] for row in rows}
    outcomes: list[UUID | HoldRefused] = []
    for (order_id, hold), made in zip(holds, placed, strict=True):
        if made is not None:
            outcomes.append(made)
        elif lifecycles.get(order_id) == "placed":
            detail = f"The order has no delivery group {hold.group_no}."
            outcomes.append(HoldRefused(Refusal.DELIVERY_GROUP_UNKNOWN, detail))
        elif order_id in lifecycles:
            detail = "The order is closed or canceled; there is nothing to stop."
            outcomes.append(HoldRefused(Refusal.ORDER_IS_CLOSED, detail))
        else:
            outcomes.append(HoldRefused(Refusal.ORDER_NOT_FOUND, "There is no such order."))
    return outcomes


async def release_order_holds(
    tx: Tx, asked: Sequence[tuple[UUID, UUID, str]], *, by: str, now: datetime
) -> list[UUID | HoldRefused]:
    """Release (order_id, hold_id, reason); one outcome each: the hold's id, or why it was not."""
    released = await store.release_holds(tx, asked, by=by, now=now)
    left = {order_id for order_id, hold_id, _ in asked if hold_id not in released}
    known = await store.find_holds(tx, sorted(left)) if left else []
    orders = {row["order_id"] for row in known}
    holds = {row["hold_id"] for row in known}
    outcomes: list[UUID | HoldRefused] = []
    for order_id, hold_id, _ in asked:
        if hold_id in released:
            outcomes.append(hold_id)
        elif order_id not in orders:
            outcomes.append(HoldRefused(Refusal.ORDER_NOT_FOUND, "There is no such order."))
        elif hold_id not in holds:
            outcomes.append(HoldRefused(Refusal.HOLD_NOT_FOUND, "The order has no such hold."))
        else:
            detail = "Somebody has released this hold already."
            outcomes.append(HoldRefused(Refusal.HOLD_ALREADY_RELEASED, detail))
    return outcomes
