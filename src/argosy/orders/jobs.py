"""Background work of orders: what they hear from others, and what comes due by itself."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.kernel.database import Database, Tx
from argosy.kernel.readers import EventRow, Reader
from argosy.kernel.schedules import Sweep
from argosy.orders import store
from argosy.orders.model import Hold, HoldKind

_BY = "system:orders"
_BATCH = 500


async def _hear_payments(tx: Tx, events: Sequence[EventRow], now: datetime) -> None:
    """Hold orders whose payment failed; let them go on once it stands."""
    failed: dict[UUID, str] = {}
    settled: set[UUID] = set()
    for event in events:
        if event.name == "payment.authorization_failed.v1":
            failed[event.subject_id] = str(event.body.get("message") or "The payment was refused.")
            settled.discard(event.subject_id)
        elif event.body["covered"] or event.body["payment_status"] in {"authorized", "captured"}:
            settled.add(event.subject_id)
            failed.pop(event.subject_id, None)
    held = {order_id for order_id, _ in await store.find_payment_holds(tx, list(failed))}
    holds = [
        (order_id, Hold(HoldKind.PAYMENT, message[:500]))
        for order_id, message in sorted(failed.items())
        if order_id not in held
    ]
    await store.place_holds(tx, holds, by=_BY, now=now)
    stale = await store.find_payment_holds(tx, sorted(settled)) if settled else []
    reason = "The payment stands now."
    await store.release_holds(tx, [(*each, reason) for each in stale], by=_BY, now=now)
    await store.make_due(tx, sorted(settled), now)


async def _hear_stock(tx: Tx, events: Sequence[EventRow], now: datetime) -> None:
    """Go on with orders whose back-ordered units have stock now."""
    rows = [(event.subject_id, int(event.body["order_units"])) for event in events]
    await store.fill_backordered(tx, rows, now)


async def _hear_customers(tx: Tx, events: Sequence[EventRow], now: datetime) -> None:
    """Give guests' orders to who proved the address on them; nothing else leads to a person."""
    proven = {
        identifier["value"]: event.subject_id
        for event in events
        for identifier in event.body["identifiers"]
        if identifier["kind"] == "email"
    }
    if proven:
        await store.link_guest_orders(tx, sorted(proven.items()), now)


async def _hear_retries(tx: Tx, events: Sequence[EventRow], now: datetime) -> None:
    """Route anew what a person asked to be routed again."""
    asked = {
        UUID(event.body["order_id"])
        for event in events
        if event.body["step"] == "fulfillment.route" and event.body["order_id"] is not None
    }
    await store.make_due(tx, sorted(asked), now)


async def release_expired_holds(db: Database, now: datetime) -> int:
    """Release holds whose time is up; return how many."""

    async def release(tx: Tx) -> int:
        expired = await store.find_expired_holds(tx, now, _BATCH)
        reason = "The time of the hold is up."
        rows = [(*each, reason) for each in expired]
        return len(await store.release_holds(tx, rows, by=_BY, now=now))

    return await db.run(release)


async def close_finished_orders(db: Database, now: datetime) -> int:
    """Close orders with nothing left to do; return how many."""
    return await db.run(lambda tx: store.close_orders(tx, now, _BATCH))


READERS = (
    Reader(
        name="orders.hear_payments",
        apply=_hear_payments,
        events=frozenset({"payment.authorized.v1", "payment.authorization_failed.v1"}),
    ),
    Reader(
        name="orders.hear_stock",
        apply=_hear_stock,
        events=frozenset({"stock.backorder_filled.v1"}),
    ),
    Reader(
        name="orders.hear_customers",
        apply=_hear_customers,
        events=frozenset({"customer.created.v1", "customer.identifier_linked.v1"}),
    ),
    Reader(
        name="orders.hear_retries",
        apply=_hear_retries,
        events=frozenset({"exception.retried.v1"}),
    ),
)
JOB_KINDS = ()
SWEEPS = (
    Sweep("orders.release_expired_holds", 5, release_expired_holds),
    Sweep("orders.close_finished_orders", 5, close_finished_orders),
)
