"""Transfers: stock is reserved where it lies, leaves, is in transit, and arrives."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from argosy.inventory.commands.fill import fill_skus
from argosy.inventory.commands.places import load_places
from argosy.inventory.decide.places import Places, day_fault
from argosy.inventory.decide.transfers import decide_cancel, decide_receive, decide_ship
from argosy.inventory.model import Refusal
from argosy.inventory.model.stock import MOST_UNITS
from argosy.inventory.model.transfers import (
    Arrived,
    NewTransfer,
    OpenTransfer,
    ReceiveTransfer,
    Sent,
    ShippedLine,
    ShipTransfer,
    TransferDone,
    TransferState,
)
from argosy.inventory.store import transfers as store
from argosy.inventory.store.backorders import Release, lock_waiting, release_reservations
from argosy.kernel.database import Tx
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused

Outcome = TransferDone | Refused


class _Opening(msgspec.Struct, frozen=True):
    """A transfer that may be opened, its lines summed by SKU."""

    head: OpenTransfer
    units: dict[UUID, int]


async def create_transfers(
    tx: Tx,
    asked: Sequence[NewTransfer],
    *,
    reach: frozenset[UUID] | None = None,
    by: str,
    now: datetime,
) -> list[Outcome]:
    """Open transfers and reserve their units at the source; one outcome each.

    Transfers of one call that together need more of a SKU than is free are all refused.
    """
    codes = {line.sku for each in asked for line in each.lines}
    places = await load_places(tx, codes, reach=reach)
    opening = [_opening(each, places, now) for each in asked]
    going = [each for each in opening if isinstance(each, _Opening)]
    short: dict[UUID, dict[UUID, int]] = {}
    if going:
        short = await store.create_transfers(
            tx,
            [each.head for each in going],
            [
                (each.head.transfer_id, sku_id, units)
                for each in going
                for sku_id, units in each.units.items()
            ],
            by=by,
            now=now,
        )
    outcomes: list[Outcome] = []
    for new, each in zip(asked, opening, strict=True):
        if isinstance(each, Refused):
            outcomes.append(each)
        elif each.head.transfer_id in short:
            outcomes.append(_short(new, short[each.head.transfer_id], places))
        else:
            outcomes.append(TransferDone(each.head.transfer_id, "created", 1))
    return outcomes


def _opening(asked: NewTransfer, places: Places, now: datetime) -> _Opening | Refused:
    source = places.location(asked.from_location, "/from_location")
    if isinstance(source, Refused):
        return source
    # Whoever may send from a location may send to any other.
    target = msgspec.structs.replace(places, reach=None).location(asked.to_location, "/to_location")
    if isinstance(target, Refused):
        return target
    if source.location_id == target.location_id:
        detail = "A transfer goes to another location."
        return Refused(Refusal.TRANSFER_TO_ITSELF, detail, "/to_location")
    fault = day_fault(asked.expected_on, now)
    if fault is not None:
        return fault
    units: dict[UUID, int] = {}
    for index, line in enumerate(asked.lines):
        sku = places.sku(line.sku, f"/lines/{index}/sku")
        if isinstance(sku, Refused):
            return sku
        units[sku.sku_id] = units.get(sku.sku_id, 0) + line.quantity
    if any(each > MOST_UNITS for each in units.values()):
        detail = f"A transfer moves up to {MOST_UNITS:,} units of a SKU."
        return Refused(Refusal.STOCK_TOO_LARGE, detail, "/lines")
    head = OpenTransfer(
        new_id(), source.location_id, target.location_id, asked.reference, asked.expected_on
    )
    return _Opening(head, units)


def _short(asked: NewTransfer, free: dict[UUID, int], places: Places) -> Refused:
    for index, line in enumerate(asked.lines):
        sku_id = places.skus[line.sku].sku_id
        if sku_id in free:
            left = max(0, free[sku_id])
            detail = f"{line.sku}: {left} are free at {asked.from_location}."
            facts = {"sku": line.sku, "free": left}
            return Refused(Refusal.OUT_OF_STOCK, detail, f"/lines/{index}/quantity", facts)
    raise AssertionError("a short transfer has a short line")


async def ship_transfers(
    tx: Tx,
    asked: Sequence[tuple[UUID, ShipTransfer]],
    *,
    reach: frozenset[UUID] | None = None,
    by: str,
    now: datetime,
) -> list[Outcome]:
    """Let transfers leave, each whole or what is named; what stays is free again."""
    states, places = await _load(tx, [(key, body.lines) for key, body in asked])
    outcomes: list[Outcome] = []
    sent: list[Sent] = []
    done: set[UUID] = set()
    for transfer_id, body in asked:
        state = _state(states, transfer_id, done, reach, at_source=True)
        if isinstance(state, Refused):
            outcomes.append(state)
            continue
        fault = None if body.expected_on is None else day_fault(body.expected_on, now)
        lines = _by_sku(body.lines, places)
        decided = fault or (
            lines
            if isinstance(lines, Refused)
            else decide_ship(state, lines, body.expected_on, new_id)
        )
        if isinstance(decided, Refused):
            outcomes.append(decided)
            continue
        done.add(transfer_id)
        sent += decided
        outcomes.append(TransferDone(transfer_id, "shipped", state.version + 1))
    await store.ship_transfers(tx, sent, by=by, now=now)
    return outcomes


async def receive_transfers(
    tx: Tx,
    asked: Sequence[tuple[UUID, ReceiveTransfer]],
    *,
    reach: frozenset[UUID] | None = None,
    by: str,
    now: datetime,
) -> list[Outcome]:
    """Take transfers in, whole or in parts; `close` gives up what has not arrived."""
    states, places = await _load(tx, [(key, body.lines) for key, body in asked])
    outcomes: list[Outcome] = []
    arrived: list[Arrived] = []
    over: dict[UUID, bool] = {}
    for transfer_id, body in asked:
        state = _state(states, transfer_id, over, reach, at_source=False)
        if isinstance(state, Refused):
            outcomes.append(state)
            continue
        lines = _by_sku(body.lines, places)
        decided = (
            lines if isinstance(lines, Refused) else decide_receive(state, lines, close=body.close)
        )
        if isinstance(decided, Refused):
            outcomes.append(decided)
            continue
        arrived += decided[0]
        over[transfer_id] = decided[1]
        outcomes.append(
            TransferDone(transfer_id, "received" if decided[1] else "shipped", state.version + 1)
        )
    waiting = await lock_waiting(
        tx, [(each.sku_id, each.to_location_id) for each in arrived if each.received]
    )
    await store.receive_transfers(tx, arrived, list(over.items()), by=by, now=now)
    await fill_skus(tx, waiting, by=by, now=now)
    return outcomes


async def cancel_transfers(
    tx: Tx,
    transfer_ids: Sequence[UUID],
    *,
    reach: frozenset[UUID] | None = None,
    by: str,
    now: datetime,
) -> list[Outcome]:
    """Call transfers off that have not left; what they reserved is free again."""
    states = await store.lock_transfers(tx, transfer_ids)
    outcomes: list[Outcome] = []
    done: dict[UUID, TransferState] = {}
    for transfer_id in transfer_ids:
        state = _state(states, transfer_id, done, reach, at_source=True)
        refused = state if isinstance(state, Refused) else decide_cancel(state)
        if isinstance(refused, Refused):
            outcomes.append(refused)
            continue
        assert isinstance(state, TransferState)
        done[transfer_id] = state
        outcomes.append(TransferDone(transfer_id, "canceled", state.version + 1))
    rows = [
        Release(line.sku_id, state.transfer_id, 1, line.quantity, state.transfer_id)
        for state in done.values()
        for line in state.lines
    ]
    await release_reservations(tx, rows, cause_kind="transfer", by=by, now=now)
    await store.cancel_transfers(tx, list(done), now)
    return outcomes


async def _load(
    tx: Tx, asked: Sequence[tuple[UUID, Sequence[ShippedLine] | None]]
) -> tuple[dict[UUID, TransferState], Places]:
    codes = {line.sku for _, lines in asked for line in lines or ()}
    states = await store.lock_transfers(tx, [transfer_id for transfer_id, _ in asked])
    return states, await load_places(tx, codes)


def _state(
    states: dict[UUID, TransferState],
    transfer_id: UUID,
    done: set[UUID] | dict[UUID, bool] | dict[UUID, TransferState],
    reach: frozenset[UUID] | None,
    *,
    at_source: bool,
) -> TransferState | Refused:
    state = states.get(transfer_id)
    if state is not None and reach is not None:
        place = state.from_location_id if at_source else state.to_location_id
        state = state if place in reach else None
    if state is None:
        return Refused(Refusal.TRANSFER_UNKNOWN, "There is no such transfer.", "/transfer_id")
    if transfer_id in done:
        detail = "The transfer is named twice; the first one counts."
        return Refused(Refusal.TRANSFER_NAMED_TWICE, detail, "/transfer_id")
    return state


def _by_sku(
    lines: Sequence[ShippedLine] | None, places: Places
) -> dict[UUID, int] | Refused | None:
    if lines is None:
        return None
    units: dict[UUID, int] = {}
    for index, line in enumerate(lines):
        sku = places.sku(line.sku, f"/lines/{index}/sku")
        if isinstance(sku, Refused):
            return sku
        units[sku.sku_id] = units.get(sku.sku_id, 0) + line.quantity
    return units
