"""What a line gives back when it needs less: what it waits for first, then what it holds. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from argosy.inventory.model.surplus import Held, Need, Surplus

Key = tuple[UUID, UUID, int]


def decide_surplus(needs: Iterable[Need], held: Mapping[Key, Held]) -> list[Surplus]:
    """Return what each line holds or waits for beyond its need; nothing of what it lacks.

    `arriving` units of a need are not held yet, but will be once allocations were given back.
    """
    found = []
    for need in needs:
        has = held[need.sku_id, need.owner_id, need.line_no]
        surplus = has.reserved + has.waiting + need.arriving - need.needed
        if surplus <= 0:
            continue
        waiting = min(has.waiting, surplus)
        before = -(-has.waiting // has.per_unit)
        after = -(-(has.waiting - waiting) // has.per_unit)
        found.append(
            Surplus(
                need.sku_id,
                need.owner_id,
                need.line_no,
                surplus - waiting,
                waiting,
                before - after,
                need.cause_id,
            )
        )
    return found


def order_units(surplus: Sequence[Surplus]) -> dict[UUID, int]:
    """Return by owner how many units of its lines wait no more; a kit counts once."""
    lines: dict[tuple[UUID, int], int] = {}
    for each in surplus:
        key = (each.owner_id, each.line_no)
        lines[key] = max(lines.get(key, 0), each.order_units)
    owners: dict[UUID, int] = {}
    for (owner_id, _), units in lines.items():
        owners[owner_id] = owners.get(owner_id, 0) + units
    return owners
