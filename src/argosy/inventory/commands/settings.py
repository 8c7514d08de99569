"""What is expected to arrive, and what is kept back from promises."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from argosy.identity import Actor, AuditChange
from argosy.identity.door import audit_changes
from argosy.inventory.commands.places import load_places
from argosy.inventory.decide.places import Places, day_fault
from argosy.inventory.model import Refusal
from argosy.inventory.model.stock import (
    ChangeExpected,
    ChannelThreshold,
    Done,
    Expected,
    IncomingMade,
    SafetyStock,
)
from argosy.inventory.store import settings as store
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused


async def expect_stock(
    tx: Tx,
    asked: Sequence[Expected],
    *,
    reach: frozenset[UUID] | None = None,
    by: Actor,
    now: datetime,
) -> list[IncomingMade | Refused]:
    """Write down what is on its way, with its day; one outcome each."""
    places = await load_places(tx, {each.sku for each in asked}, reach=reach)
    outcomes: list[IncomingMade | Refused] = []
    rows: list[store.ExpectRow] = []
    for each in asked:
        found = day_fault(each.expected_on, now) or places.place(each.sku, each.location)
        if isinstance(found, Refused):
            outcomes.append(found)
            continue
        sku, location = found
        incoming_id = new_id()
        rows.append(
            store.ExpectRow(
                sku.sku_id,
                incoming_id,
                location.location_id,
                each.quantity,
                each.expected_on,
                each.reference,
            )
        )
        outcomes.append(IncomingMade(incoming_id))
    await store.expect_stock(tx, rows, now)
    made = [
        AuditChange("expect_stock", "incoming", str(done.incoming_id), None, each)
        for each, done in zip(asked, outcomes, strict=True)
        if isinstance(done, IncomingMade)
    ]
    await audit_changes(tx, made, by=by, now=now)
    return outcomes


async def change_incoming(
    tx: Tx, incoming_id: UUID, asked: ChangeExpected, *, by: Actor, now: datetime
) -> int | Refused:
    """Change or close what is expected; return its new version."""
    fault = None if asked.expected_on is None else day_fault(asked.expected_on, now)
    if fault is not None:
        return fault
    version = await store.change_incoming(
        tx,
        incoming_id,
        quantity=asked.quantity,
        expected_on=asked.expected_on,
        close=asked.close,
        now=now,
    )
    if version is None:
        detail = "It is unknown, has arrived or was closed, or is a transfer."
        return Refused(Refusal.INCOMING_UNKNOWN, detail)
    change = AuditChange("change_incoming", "incoming", str(incoming_id), None, asked)
    await audit_changes(tx, [change], by=by, now=now)
    return version


async def set_safety_stock(
    tx: Tx,
    asked: Sequence[SafetyStock],
    *,
    reach: frozenset[UUID] | None = None,
    by: Actor,
    now: datetime,
) -> list[Done | Refused]:
    """Set what is never promised, by SKU and location, or for all of one; one outcome each."""
    codes = {each.sku for each in asked if each.sku is not None}
    places = await load_places(tx, codes, reach=reach)
    outcomes: list[Done | Refused | None] = []
    rows: list[tuple[UUID | None, UUID | None, int]] = []
    for each in asked:
        row = _safety_row(each, places)
        if isinstance(row, Refused):
            outcomes.append(row)
        else:
            rows.append(row)
            outcomes.append(None)
    counts = iter(await store.set_safety_stock(tx, rows, now) if rows else [])
    done = [
        AuditChange("set_safety_stock", "sku" if each.sku else "location", name, None, each)
        for each, refused in zip(asked, outcomes, strict=True)
        if refused is None and (name := each.sku or each.location)
    ]
    await audit_changes(tx, done, by=by, now=now)
    return [Done(next(counts)) if each is None else each for each in outcomes]


def _safety_row(
    asked: SafetyStock, places: Places
) -> tuple[UUID | None, UUID | None, int] | Refused:
    if asked.sku is None and asked.location is None:
        detail = "Name a SKU, a location, or both."
        return Refused(Refusal.SKU_OR_LOCATION_NEEDED, detail, "/sku")
    sku_id = location_id = None
    if asked.sku is not None:
        sku = places.sku(asked.sku)
        if isinstance(sku, Refused):
            return sku
        sku_id = sku.sku_id
    if asked.location is not None:
        location = places.location(asked.location)
        if isinstance(location, Refused):
            return location
        location_id = location.location_id
    elif places.reach is not None:
        detail = "A key that is limited to locations names one."
        return Refused(Refusal.LOCATION_UNKNOWN, detail, "/location")
    return sku_id, location_id, asked.quantity


async def set_channel_thresholds(
    tx: Tx,
    asked: Sequence[ChannelThreshold],
    *,
    channels: frozenset[UUID] | None = None,
    by: Actor,
    now: datetime,
) -> list[Done | Refused]:
    """Set what channels leave unsold of a SKU; one outcome each."""
    places = await load_places(tx, {each.sku for each in asked})
    outcomes: list[Done | Refused] = []
    rows: list[tuple[UUID, UUID, int | None]] = []
    for each in asked:
        sku = places.sku(each.sku)
        channel = places.channel(each.channel)
        if isinstance(sku, Refused):
            outcomes.append(sku)
        elif isinstance(channel, Refused):
            outcomes.append(channel)
        elif channels is not None and channel.channel_id not in channels:
            detail = f"There is no channel {each.channel}."
            outcomes.append(Refused(Refusal.CHANNEL_UNKNOWN, detail, "/channel"))
        else:
            rows.append((sku.sku_id, channel.channel_id, each.threshold))
            outcomes.append(Done())
    if rows:
        await store.set_channel_thresholds(tx, rows)
    done = [
        AuditChange("set_channel_threshold", "channel", each.channel, None, each)
        for each, outcome in zip(asked, outcomes, strict=True)
        if isinstance(outcome, Done)
    ]
    await audit_changes(tx, done, by=by, now=now)
    return outcomes
