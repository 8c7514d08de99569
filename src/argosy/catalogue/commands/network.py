"""Changes of locations, groups, channels, delivery methods and transit times."""

from collections.abc import Sequence
from datetime import datetime

from argosy.catalogue import store
from argosy.catalogue.commands.settle import settle
from argosy.catalogue.decide.network import (
    decide_channels,
    decide_location_groups,
    decide_locations,
    decide_methods,
    decide_transit_removal,
    decide_transit_times,
)
from argosy.catalogue.model import (
    Change,
    ChannelRow,
    LocationGroupRow,
    LocationRow,
    MethodRow,
    Network,
    Outcome,
    Taken,
    TransitKey,
    TransitRecord,
    TransitRow,
)
from argosy.identity import Actor, AuditChange, door as identity
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused


async def _locked(tx: Tx) -> Network:
    """Return the network as it stands, and keep everybody else from changing it."""
    await store.lock_catalogue(tx)
    return await store.network(tx)


async def upsert_locations(
    tx: Tx, rows: Sequence[LocationRow], *, by: Actor, now: datetime, only_new: bool = False
) -> list[Outcome]:
    """Make or change locations by code; one outcome each."""
    network = await _locked(tx)
    return await settle(
        tx,
        "location",
        decide_locations(rows, network, new_id),
        {each.code: (each, each.version) for each in network.locations.values()},
        lambda records: store.upsert_locations(tx, records, by=by, now=now),
        subject=lambda record: record.location_id,
        only_new=only_new,
        by=by,
        now=now,
    )


async def upsert_location_groups(
    tx: Tx, rows: Sequence[LocationGroupRow], *, by: Actor, now: datetime, only_new: bool = False
) -> list[Outcome]:
    """Make or change location groups by code, with exactly the members named; one outcome each."""
    network = await _locked(tx)
    known = {
        code: (
            # Members are a set; the copy has them by priority, the decision by id.
            type(each)(
                each.location_group_id,
                code,
                each.name,
                tuple(sorted(each.location_ids)),
                each.version,
            ),
            each.version,
        )
        for code, each in network.named_groups.items()
    }
    return await settle(
        tx,
        "location_group",
        decide_location_groups(rows, network, new_id),
        known,
        lambda records: store.upsert_location_groups(tx, records, by=by, now=now),
        subject=lambda record: record.location_group_id,
        only_new=only_new,
        by=by,
        now=now,
    )


async def upsert_channels(
    tx: Tx, rows: Sequence[ChannelRow], *, by: Actor, now: datetime, only_new: bool = False
) -> list[Outcome]:
    """Make or change channels by code; one outcome each."""
    network = await _locked(tx)
    return await settle(
        tx,
        "channel",
        decide_channels(rows, network, new_id),
        {each.code: (each, each.version) for each in network.channels.values()},
        lambda records: store.upsert_channels(tx, records, by=by, now=now),
        subject=lambda record: record.channel_id,
        only_new=only_new,
        by=by,
        now=now,
    )


async def upsert_methods(
    tx: Tx, rows: Sequence[MethodRow], *, by: Actor, now: datetime, only_new: bool = False
) -> list[Outcome]:
    """Make or change delivery methods by code; one outcome each."""
    network = await _locked(tx)
    return await settle(
        tx,
        "delivery_method",
        decide_methods(rows, network),
        {code: (each, each.version) for code, each in network.methods.items()},
        lambda records: store.upsert_methods(tx, records),
        subject=lambda _: None,
        only_new=only_new,
        by=by,
        now=now,
    )


async def upsert_transit_times(
    tx: Tx, rows: Sequence[TransitRow], *, by: Actor, now: datetime
) -> list[Outcome]:
    """Make or change transit times by method and countries; one outcome each."""
    network = await _locked(tx)
    outcomes: list[Outcome] = []
    writing = []
    audited = []
    for record in decide_transit_times(rows, network):
        if isinstance(record, Refused):
            outcomes.append(record)
            continue
        key = (record.method_code, record.from_country, record.to_country)
        name = " ".join(key)
        present = network.transit.get(key)
        before = present and TransitRecord(
            *key, present.min_days, present.max_days, present.cost_minor, present.currency
        )
        if before == record:
            outcomes.append(Taken(name, None, 1, "unchanged"))
            continue
        change: Change = "created" if before is None else "changed"
        outcomes.append(Taken(name, None, 1, change))
        writing.append(record)
        audited.append(AuditChange(f"transit_time.{change}", "transit_time", name, before, record))
    if writing:
        await store.upsert_transit_times(tx, writing)
    await identity.audit_changes(tx, audited, by=by, now=now)
    return outcomes


async def remove_transit_times(
    tx: Tx, keys: Sequence[TransitKey], *, by: Actor, now: datetime
) -> list[Outcome]:
    """Take transit times away; what is more general then counts. One outcome each."""
    network = await _locked(tx)
    decided = decide_transit_removal(keys, network.transit)
    removing = [key for key in decided if isinstance(key, TransitKey)]
    if removing:
        await store.remove_transit_times(tx, removing)
    await identity.audit_changes(
        tx,
        [
            AuditChange(
                "transit_time.removed",
                "transit_time",
                f"{key.method} {key.from_country} {key.to_country}",
                network.transit[key.method, key.from_country, key.to_country],
            )
            for key in removing
        ],
        by=by,
        now=now,
    )
    return [
        key
        if isinstance(key, Refused)
        else Taken(f"{key.method} {key.from_country} {key.to_country}", None, 1, "changed")
        for key in decided
    ]
