"""Which back-orders get the stock that is there: in order of promise. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from argosy.inventory.model.backorders import Fill, Filled, FilledOrder, Waiting

_LATEST = datetime.max.replace(tzinfo=UTC)


def decide_fill(
    waiting: Sequence[Waiting],
    free: Mapping[UUID, Mapping[UUID, int]],
    sources: Mapping[UUID, Sequence[UUID]],
    unreleased: frozenset[UUID],
) -> Filled:
    """Give what is `free` (by SKU and location) to who waits, earliest promise first.

    `sources` are the locations that each channel sends from, in order of preference. Pre-orders of
    `unreleased` SKUs go on waiting. `waiting` holds all back-orders of every order that could be
    reached, so that what each order still lacks can be counted.
    """
    left = {sku_id: dict(places) for sku_id, places in free.items()}
    got: dict[tuple[UUID, int, UUID], int] = {}
    fills: list[Fill] = []
    for each in sorted(waiting, key=_turn):
        places = left.get(each.sku_id)
        if not places or (each.kind == "pre_order" and each.sku_id in unreleased):
            continue
        wanted = each.quantity
        if each.location_id is not None:
            from_places: Sequence[UUID] = (each.location_id,)
        else:
            from_places = sources.get(each.channel_id, ())
        for location_id in from_places:
            units = min(wanted, places.get(location_id, 0))
            if units > 0:
                places[location_id] -= units
                wanted -= units
                fills.append(Fill(each.sku_id, each.owner_id, each.line_no, location_id, units))
        if wanted < each.quantity:
            got[each.owner_id, each.line_no, each.sku_id] = each.quantity - wanted
    return Filled(fills, _orders(waiting, got))


def _turn(each: Waiting) -> tuple[datetime, datetime, UUID, int]:
    return (each.promised_at or _LATEST, each.queued_at, each.owner_id, each.line_no)


def _orders(
    waiting: Sequence[Waiting], got: Mapping[tuple[UUID, int, UUID], int]
) -> list[FilledOrder]:
    """Count, by order, the units of its lines that waited before and do not any more.

    A kit waits as long as its scarcest component.
    """
    reached = {owner_id for owner_id, _, _ in got}
    before: dict[tuple[UUID, int], int] = {}
    after: dict[tuple[UUID, int], int] = {}
    channels: dict[UUID, UUID] = {}
    for each in waiting:
        if each.owner_id not in reached:
            continue
        key = (each.owner_id, each.line_no)
        still = each.quantity - got.get((*key, each.sku_id), 0)
        before[key] = max(before.get(key, 0), -(-each.quantity // each.per_unit))
        after[key] = max(after.get(key, 0), -(-still // each.per_unit))
        channels[each.owner_id] = each.channel_id
    units = dict.fromkeys(channels, 0)
    for (owner_id, line_no), waited in before.items():
        units[owner_id] += waited - after[owner_id, line_no]
    return [
        FilledOrder(owner_id, count, channels[owner_id])
        for owner_id, count in sorted(units.items())
    ]
