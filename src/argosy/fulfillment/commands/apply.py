"""Applying decided steps: one set of statements for many fulfillment orders, none it does not need.

Locks are taken in one order everywhere: orders, fulfillment orders (both taken when the work was
loaded), the loads of locations, then stock.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from argosy.fulfillment.model import STEPS, State
from argosy.fulfillment.model.work import Change, WorkLine
from argosy.fulfillment.store import routing as routing_store, work as store
from argosy.inventory import door as inventory
from argosy.kernel.database import Tx
from argosy.orders import door as orders


async def apply_changes(
    tx: Tx, changes: Sequence[Change], *, by: str, now: datetime
) -> dict[UUID, int]:
    """Write what was decided under the lock; return the new version by fulfillment order."""
    if not changes:
        return {}
    for change in changes:
        assert change.state in STEPS[change.step].leads_to, (change.step, change.state)
    versions = await store.advance_fulfillment_orders(
        tx,
        [_advance(change) for change in changes],
        [
            (change.work.order_id, change.work.fulfillment_order_id, line_no, deltas)
            for change in changes
            for line_no, deltas in change.deltas.items()
        ],
        [
            (change.work.fulfillment_order_id, name, _body(change, body, by))
            for change in changes
            for name, body in change.events
        ],
        now,
    )
    await _write_parcels(tx, changes, by, now)
    await routing_store.release_loads(tx, _freed_loads(changes), now)
    await _move_stock(tx, changes, by, now)
    await _count_units(tx, changes, by, now)
    await _route_again(tx, changes, by, now)
    return versions


def _advance(change: Change) -> store.Advance:
    work = change.work
    return store.Advance(
        work.order_id,
        work.fulfillment_order_id,
        change.state.value,
        change.reason,
        change.pickup_code_hash,
        change.pickup_attempts,
        change.vendor_reference,
    )


def _body(change: Change, body: Mapping[str, Any], by: str) -> dict[str, Any]:
    work = change.work
    return {
        "order_id": work.order_id,
        "fulfillment_order_id": work.fulfillment_order_id,
        "number": work.number,
        "by": by,
        **body,
    }


async def _write_parcels(tx: Tx, changes: Sequence[Change], by: str, now: datetime) -> None:
    parcels = store.Parcels()
    for change in changes:
        _collect_parcels(change, parcels)
    if parcels.shipments or parcels.packages or parcels.sent or parcels.dropped:
        await store.write_parcels(tx, parcels, by=by, now=now)
    voided = [
        (change.work.order_id, change.voided_shipment_id)
        for change in changes
        if change.voided_shipment_id is not None
    ]
    await store.void_shipments(tx, voided, now)
    arrived = [
        (change.work.order_id, package_id)
        for change in changes
        if change.step == "deliver"
        for package_id in change.delivered_packages
    ]
    await store.mark_delivered(tx, arrived, now)
    await store.set_unship_credits(tx, _credits(changes))


def _collect_parcels(change: Change, parcels: store.Parcels) -> None:
    work, shipment = change.work, change.shipment
    if shipment is not None:
        parcels.shipments.append(
            store.ShipmentRow(
                work.order_id,
                shipment.shipment_id,
                work.fulfillment_order_id,
                shipment.carrier,
                shipment.service,
                shipment.tracking_number,
                shipment.amount_minor,
                work.currency,
                shipment.delivered,
            )
        )
        arrived = set(change.delivered_packages)
        parcels.sent += [
            store.SentRow(
                work.order_id,
                package_id,
                shipment.shipment_id,
                carrier,
                number,
                package_id in arrived,
            )
            for package_id, carrier, number in change.sent_packages
        ]
    for package in change.new_packages:
        parcels.packages.append(
            store.PackageRow(
                work.order_id,
                package.package_id,
                work.fulfillment_order_id,
                package.shipment_id,
                package.carrier,
                package.tracking_number,
                package.weight_grams,
                package.length_mm,
                package.width_mm,
                package.height_mm,
            )
        )
        parcels.package_lines += [
            (work.order_id, package.package_id, line_no, quantity)
            for line_no, quantity in package.lines.items()
        ]
    parcels.dropped += [(work.order_id, package_id) for package_id in change.dropped_packages]


def _credits(changes: Sequence[Change]) -> list[tuple[UUID, int, int]]:
    """Return the new credit of each order line that has a change of it, the last one counting."""
    credited: dict[tuple[UUID, int], int] = {}
    for change in changes:
        known = {line.order_line_no: line.credit for line in change.work.lines}
        for line_no, delta in change.credit.items():
            credited[change.work.order_id, line_no] = known[line_no] + delta
    return [(order_id, line_no, units) for (order_id, line_no), units in credited.items()]


def _freed_loads(changes: Sequence[Change]) -> list[tuple[UUID, date, int]]:
    """Return the capacity that is free again: of work that ended without anything leaving."""
    return [
        (change.work.location_id, change.work.load_day, 1)
        for change in changes
        if change.state in (State.REJECTED, State.CANCELED)
        and change.work.location_id is not None
        and change.work.load_day is not None
    ]


async def _move_stock(tx: Tx, changes: Sequence[Change], by: str, now: datetime) -> None:
    released, missing, shipped, unshipped = [], [], [], []
    for change in changes:
        work = change.work
        lines = {line.line_no: line for line in work.lines}
        for quantities, to_reservation in ((change.to_reservation, True), (change.to_free, False)):
            released += [
                inventory.ReleaseAllocated(
                    *_key(change, lines[no]),
                    quantity,
                    work.order_id,
                    lines[no].order_line_no,
                    to_reservation,
                )
                for no, quantity in quantities.items()
            ]
        if work.location_id is not None:
            missing += [
                (lines[no].sku_id, work.location_id, quantity, work.fulfillment_order_id)
                for no, quantity in change.missing.items()
            ]
            unshipped += [
                inventory.UnshipAllocated(*_key(change, lines[no]), work.location_id, quantity)
                for no, quantity in change.stock_unshipped.items()
            ]
        shipped += [
            inventory.ShipAllocated(*_key(change, lines[no]), quantity)
            for no, quantity in change.stock_shipped.items()
        ]
    await inventory.release_allocations(tx, released, by=by, now=now)
    await inventory.adjust_missing(tx, missing, reason="not_found", by=by, now=now)
    await inventory.ship_allocations(tx, shipped, by=by, now=now)
    await inventory.unship_allocations(tx, unshipped, by=by, now=now)


def _key(change: Change, line: WorkLine) -> tuple[UUID, UUID, int]:
    return line.sku_id, change.work.fulfillment_order_id, line.line_no


async def _count_units(tx: Tx, changes: Sequence[Change], by: str, now: datetime) -> None:
    await orders.release_units(tx, _units(changes, lambda c: c.units_released), by=by, now=now)
    await orders.fulfill_units(tx, _units(changes, lambda c: c.units_fulfilled), by=by, now=now)
    back = _units(changes, lambda c: c.units_unfulfilled)
    await orders.unfulfill_units(tx, back, by=by, now=now)
    await orders.deliver_units(tx, _units(changes, lambda c: c.units_delivered), by=by, now=now)
    started = [(change.work.order_id, change.units_started) for change in changes]
    await orders.start_units(tx, [row for row in started if row[1]])


def _units(
    changes: Sequence[Change], units_of: Callable[[Change], Mapping[int, int]]
) -> list[orders.LineUnits]:
    """Sum units per order line; those of accepted work are counted as in progress too."""
    units: dict[tuple[UUID, int], tuple[int, int]] = {}
    for change in changes:
        for line_no, number in units_of(change).items():
            key = (change.work.order_id, line_no)
            quantity, started = units.get(key, (0, 0))
            units[key] = (quantity + number, started + (number if change.work.started else 0))
    return [
        orders.LineUnits(order_id, line_no, quantity, started)
        for (order_id, line_no), (quantity, started) in units.items()
    ]


async def _route_again(tx: Tx, changes: Sequence[Change], by: str, now: datetime) -> None:
    excluded = {
        (change.work.order_id, change.work.group_no, change.work.location_id): change.exclude_reason
        for change in changes
        if change.exclude_reason is not None and change.work.location_id is not None
    }
    rows = [(*key, reason) for key, reason in excluded.items() if key[2] is not None and reason]
    await store.exclude_locations(tx, rows, by=by, now=now)
    groups = {(change.work.order_id, change.work.group_no) for change in changes if change.reroute}
    await orders.set_routing(
        tx,
        [
            orders.GroupRouting(order_id, group_no, "to_route", now, "Units came back.", 0)
            for order_id, group_no in sorted(groups)
        ],
    )
