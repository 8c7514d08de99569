"""Steps by which goods leave: ship, complete, collect, deliver, unship. Pure."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from argosy.fulfillment.decide.amounts import value_of_units
from argosy.fulfillment.decide.steps import Decided, open_units
from argosy.fulfillment.decide.work import (
    add_deltas,
    check_step,
    choose_lines,
    gained,
    lines_after,
    named_lines,
    state_of,
    whole_units,
)
from argosy.fulfillment.model import Kind, Refusal, State
from argosy.fulfillment.model.work import (
    Change,
    NewPackage,
    NewShipment,
    Package,
    Sending,
    Work,
    WorkLine,
)
from argosy.kernel.refusals import Refused

MOST_PICKUP_ATTEMPTS = 10


def decide_ship(
    work: Work, sending: Sending, packages: Mapping[UUID, str | None] | None
) -> Decided:
    """Let packages leave: those named (with tracking numbers of their own), else all packed."""
    refused = check_step(work, "ship")
    if refused:
        return refused
    ready = {p.package_id: p for p in work.packages if p.shipment_id is None}
    if packages is None:
        named: Mapping[UUID, str | None] = dict.fromkeys(ready)
    else:
        named = packages
    unknown = [package_id for package_id in named if package_id not in ready]
    if unknown:
        return Refused(
            Refusal.MORE_THAN_PACKED,
            f"Package {unknown[0]} is not packed and waiting at {work.number}.",
            "/packages",
        )
    if not named:
        return Refused(Refusal.NOTHING_TO_DO, f"{work.number} has no package that is ready.")
    change = Change(work, "ship", State.SHIPPED)
    _send(change, sending, {p: named[p] for p in ready if p in named}, ready)
    return change


def decide_complete(work: Work, sending: Sending, asked: Mapping[int, int] | None) -> Decided:
    """Accept, pick, pack and ship in one step, for those who report only what has left.

    Without `asked` everything open leaves, packages that are ready among it; lines that are named
    leave in one new package, which needs that none is ready yet.
    """
    refused = check_step(work, "complete")
    if refused:
        return refused
    ready = {p.package_id: p for p in work.packages if p.shipment_id is None}
    if asked is not None and ready:
        return Refused(
            Refusal.WRONG_STATE, f"{work.number} has packages that are ready; ship those."
        )
    loose = {line.line_no: line.wanted - line.packed for line in work.lines}
    change = Change(work, "complete", State.SHIPPED)
    chosen = choose_lines(work, asked, lambda line: loose[line.line_no], Refusal.MORE_THAN_ORDERED)
    if isinstance(chosen, Refused):
        if not ready or asked is not None:
            return chosen
        chosen = {}
    by_no = {line.line_no: line for line in work.lines}
    unpicked = {
        no: max(0, by_no[no].packed + quantity - by_no[no].picked)
        for no, quantity in chosen.items()
    }
    add_deltas(change, "picked", unpicked)
    add_deltas(change, "packed", chosen)
    if chosen:
        ready[sending.package_id] = Package(sending.package_id, chosen)
        change.new_packages.append(_new_package(sending, chosen))
    _send(change, sending, dict.fromkeys(ready), ready)
    return change


def _new_package(sending: Sending, lines: dict[int, int]) -> NewPackage:
    return NewPackage(
        sending.package_id,
        lines,
        sending.carrier,
        sending.tracking_number,
        sending.shipment_id,
    )


def _send(
    change: Change,
    sending: Sending,
    named: Mapping[UUID, str | None],
    packages: Mapping[UUID, Package],
) -> None:
    """Let packages leave: counters, stock, units, the shipment and its worth."""
    work = change.work
    leaving: dict[int, int] = {}
    new = {package.package_id for package in change.new_packages}
    for package_id, own_number in named.items():
        for line_no, quantity in packages[package_id].lines.items():
            leaving[line_no] = leaving.get(line_no, 0) + quantity
        if package_id not in new:
            number = own_number or sending.tracking_number
            change.sent_packages.append((package_id, sending.carrier, number))
    _leave(change, leaving, sending)
    after = lines_after(change)
    change.state = state_of(work, after, ended=work.state)
    if not work.started:
        # What stays behind of work that nobody accepted counts as accepted from now on.
        change.units_started = sum(open_units(after).values())


def _leave(
    change: Change, leaving: dict[int, int], sending: Sending, *, delivered: bool = False
) -> None:
    work = change.work
    add_deltas(change, "shipped", leaving)
    if delivered:
        add_deltas(change, "delivered", leaving)
    after = lines_after(change)
    before_units = whole_units(work.lines, lambda line: line.shipped)
    change.units_fulfilled = gained(before_units, whole_units(after, lambda line: line.shipped))
    if delivered:
        change.units_delivered = dict(change.units_fulfilled)
    if work.kind is not Kind.DIGITAL:
        change.stock_shipped = leaving
    shipped_lines, amount = [], 0
    of_line = {line.order_line_no: line for line in work.lines}
    for line_no, units in sorted(change.units_fulfilled.items()):
        total, credit = _worth(of_line[line_no], units)
        amount += total
        shipped_lines.append({"line_no": line_no, "quantity": units, "total_minor": total})
        if credit:
            change.credit[line_no] = change.credit.get(line_no, 0) - credit
    change.shipment = NewShipment(
        sending.shipment_id,
        amount,
        sending.carrier,
        sending.service,
        sending.tracking_number,
        delivered,
    )
    body: dict[str, object] = {
        "shipment_id": sending.shipment_id,
        "channel_id": work.channel_id,
        "currency": work.currency,
        "amount_minor": amount,
        "lines": shipped_lines,
        "kind": work.kind.value,
    }
    for name in ("carrier", "service", "tracking_number"):
        if getattr(sending, name) is not None:
            body[name] = getattr(sending, name)
    change.events.append(("fulfillment.shipped.v1", body))


def _worth(line: WorkLine, units: int) -> tuple[int, int]:
    """Return what the next `units` of an order line are worth, and how many were announced before.

    Units that were announced, taken back and leave again are worth nothing the second time.
    """
    credit = min(units, line.credit)
    first = line.fulfilled + credit
    return value_of_units(line.total_minor, line.ordered, first, units - credit), credit


def decide_make_ready(work: Work, package_id: UUID, code_hash: bytes) -> Decided:
    """Let the goods wait for their buyer; what was not packed goes into one package."""
    refused = check_step(work, "make_ready")
    if refused:
        return refused
    if any(line.picked < line.wanted for line in work.lines):
        return Refused(Refusal.WRONG_STATE, f"{work.number} is not picked yet.")
    loose = {
        line.line_no: line.picked - line.packed for line in work.lines if line.picked > line.packed
    }
    change = Change(work, "make_ready", State.READY_FOR_PICKUP)
    if loose:
        add_deltas(change, "packed", loose)
        change.new_packages.append(NewPackage(package_id, loose))
    change.pickup_code_hash, change.pickup_attempts = code_hash, 0
    body = {"location_id": work.location_id}
    change.events.append(("fulfillment.ready_for_pickup.v1", body))
    return change


def decide_collect(work: Work, sending: Sending, code_hash: bytes | None) -> Decided:
    """Hand the goods to their buyer. A wrong code is counted; after ten a person must look.

    `code_hash` None means that somebody at the location vouches for the buyer without a code.
    The change returned for a wrong code has no shipment: it only counts the attempt.
    """
    refused = check_step(work, "collect")
    if refused:
        return refused
    if code_hash is not None and work.pickup_attempts >= MOST_PICKUP_ATTEMPTS:
        return Refused(
            Refusal.TOO_MANY_PICKUP_ATTEMPTS,
            f"{work.number} was asked for with {work.pickup_attempts} wrong codes.",
        )
    change = Change(work, "collect", State.FULFILLED)
    if code_hash is not None and code_hash != work.pickup_code_hash:
        change.state = work.state
        change.pickup_attempts = work.pickup_attempts + 1
        return change
    leaving = {line.line_no: line.open for line in work.lines if line.open}
    change.sent_packages = [(p.package_id, None, None) for p in work.packages if not p.shipment_id]
    change.delivered_packages = [p.package_id for p in work.packages if not p.shipment_id]
    _leave(change, leaving, sending, delivered=True)
    change.events.append(("fulfillment.collected.v1", {"shipment_id": sending.shipment_id}))
    return change


def decide_deliver_digital(work: Work, sending: Sending) -> Decided:
    """Digital goods are delivered at once: they need no stock, no location and no parcel."""
    refused = check_step(work, "deliver_digital")
    if refused:
        return refused
    change = Change(work, "deliver_digital", State.FULFILLED)
    open_lines = {line.line_no: line.open for line in work.lines if line.open}
    add_deltas(change, "picked", {line.line_no: line.wanted - line.picked for line in work.lines})
    add_deltas(change, "packed", {line.line_no: line.wanted - line.packed for line in work.lines})
    _leave(change, open_lines, sending, delivered=True)
    return change


def decide_deliver(work: Work, package_ids: Sequence[UUID] | None) -> Decided:
    """Note that packages reached the recipient: those named, else all that have left."""
    refused = check_step(work, "deliver")
    if refused:
        return refused
    left = {p.package_id: p for p in work.packages if p.shipment_id and not p.delivered}
    named = list(left) if package_ids is None else [p for p in package_ids if p in left]
    if not named:
        return Refused(Refusal.NOTHING_TO_DO, f"Nothing of {work.number} is on its way.")
    change = Change(work, "deliver", State.FULFILLED)
    arrived: dict[int, int] = {}
    for package_id in named:
        for line_no, quantity in left[package_id].lines.items():
            arrived[line_no] = arrived.get(line_no, 0) + quantity
    add_deltas(change, "delivered", arrived)
    after = lines_after(change)
    before_units = whole_units(work.lines, lambda line: line.delivered)
    change.units_delivered = gained(before_units, whole_units(after, lambda line: line.delivered))
    change.delivered_packages = named
    change.state = state_of(work, after, ended=work.state)
    change.events.append(("fulfillment.delivered.v1", {"lines": named_lines(work, arrived)}))
    return change


def decide_unship(work: Work, shipment_id: UUID, *, reason: str) -> Decided:
    """Take a shipment back into the building, as long as no carrier has seen it.

    The units are packed again and allocated again. What they are worth was announced already and
    stays announced: it is kept as a credit for when they leave again.
    """
    refused = check_step(work, "unship")
    if refused:
        return refused
    packages = [p for p in work.packages if p.shipment_id == shipment_id]
    if not packages:
        return Refused(
            Refusal.SHIPMENT_NOT_FOUND,
            f"{work.number} has no shipment {shipment_id}.",
            "/shipment_id",
        )
    if any(package.delivered for package in packages):
        return Refused(Refusal.ALREADY_DELIVERED, "A package of it was delivered.")
    if any(package.scanned for package in packages):
        return Refused(Refusal.CARRIER_HAS_IT, "The carrier has seen a package of it.")
    change = Change(work, "unship", State.PACKED, reason=reason)
    back: dict[int, int] = {}
    for package in packages:
        for line_no, quantity in package.lines.items():
            back[line_no] = back.get(line_no, 0) + quantity
    add_deltas(change, "shipped", {line_no: -quantity for line_no, quantity in back.items()})
    after = lines_after(change)
    change.units_unfulfilled = gained(
        whole_units(after, lambda line: line.shipped),
        whole_units(work.lines, lambda line: line.shipped),
    )
    change.credit = dict(change.units_unfulfilled)
    change.stock_unshipped = back
    change.voided_shipment_id = shipment_id
    change.state = state_of(work, after, ended=work.state)
    body = {"shipment_id": shipment_id, "reason": reason}
    change.events.append(("fulfillment.unshipped.v1", body))
    return change
