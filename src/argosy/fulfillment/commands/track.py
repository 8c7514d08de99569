"""What carriers say: kept once each, and applied as soon as the parcel is known.

The order in which events arrive does not matter: the first scan is the earliest one, and delivered
is delivered, whatever comes after.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from argosy.exceptions import NewException
from argosy.exceptions.door import open_exceptions
from argosy.fulfillment.commands.steps import Delivering, deliver, take_steps
from argosy.fulfillment.model.tracking import ASKS_A_PERSON, TrackingReport, TrackingStatus
from argosy.fulfillment.store import tracking as store
from argosy.kernel.database import Tx

BATCH = 500
_WAITS_FOR_ITS_PARCEL = timedelta(days=30)


async def record_tracking(
    tx: Tx, reports: Sequence[TrackingReport], *, by: str, now: datetime
) -> list[bool]:
    """Keep and apply `reports`; True for each that was new, False for one told before."""
    new = await store.record_tracking_events(tx, reports, now)
    claimed = await store.claim_tracking_events(tx, sorted({key[0] for key in new})) if new else []
    await _apply(tx, claimed, by, now)
    outcomes = []
    for report in reports:
        key = (report.tracking_number, report.carrier, report.carrier_event_id)
        outcomes.append(key in new)
        new.discard(key)
    return outcomes


async def apply_waiting_tracking(tx: Tx, *, by: str, now: datetime, limit: int = BATCH) -> int:
    """Apply events that came before their parcel was known; return how many."""
    claimed = await store.claim_waiting_tracking_events(tx, now - _WAITS_FOR_ITS_PARCEL, limit)
    return await _apply(tx, claimed, by, now)


async def _apply(tx: Tx, claimed: Sequence[store.Claimed], by: str, now: datetime) -> int:
    if not claimed:
        return 0
    delivered: dict[UUID, list[UUID]] = {}
    for event in claimed:
        if event.status == TrackingStatus.DELIVERED:
            packages = delivered.setdefault(event.fulfillment_order_id, [])
            if event.package_id not in packages:
                packages.append(event.package_id)
    asked = [deliver(Delivering(key, tuple(packages))) for key, packages in delivered.items()]
    for start in range(0, len(asked), 2000):
        # What is refused was delivered before, or by hand: nothing is left to count.
        await take_steps(tx, asked[start : start + 2000], by=by, now=now, packages=True)
    await store.note_scans(
        tx,
        [
            (event.order_id, event.package_id, event.occurred_at)
            for event in claimed
            if event.status != TrackingStatus.LABEL_CREATED
        ],
    )
    await _ask_people(tx, claimed, now)
    keys = {(e.tracking_number, e.carrier, e.carrier_event_id) for e in claimed}
    await store.settle_tracking_events(tx, sorted(keys), now)
    return len(keys)


async def _ask_people(tx: Tx, claimed: Sequence[store.Claimed], now: datetime) -> None:
    await open_exceptions(
        tx,
        [
            NewException(
                category="fulfillment",
                subject_kind="package",
                subject_id=event.package_id,
                order_id=event.order_id,
                message=f"{event.carrier} {event.tracking_number}: "
                + (event.message or event.status.replace("_", " ")),
                facts={
                    "status": event.status,
                    "fulfillment_order_id": event.fulfillment_order_id,
                    "occurred_at": event.occurred_at,
                },
                step=None,
                severity="high",
            )
            for event in claimed
            if event.status in ASKS_A_PERSON
        ],
        now,
    )
