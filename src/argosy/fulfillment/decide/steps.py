"""Steps inside a location: accept, reject, pick, pack, cancel, and taking them back. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

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
    PackedPackage,
    PickedLine,
    Work,
    WorkLine,
)
from argosy.kernel.refusals import Refused

Decided = Change | Refused


def decide_accept(work: Work) -> Decided:
    """Take all of it on."""
    return _take_on(work, "accept", {})


def decide_hand_over(work: Work, vendor_reference: str) -> Decided:
    """Note that a vendor has the work and knows it as `vendor_reference`."""
    change = _take_on(work, "hand_over", {"vendor_reference": vendor_reference})
    if isinstance(change, Change):
        change.vendor_reference = vendor_reference
    return change


def _take_on(work: Work, step: str, body: dict[str, Any]) -> Decided:
    refused = check_step(work, step)
    if refused:
        return refused
    change = Change(work, step, State.ACCEPTED)
    change.units_started = sum(open_units(work.lines).values())
    change.events.append(("fulfillment.accepted.v1", body))
    return change


def decide_reject(work: Work, *, reason: str, missing: Mapping[int, int], exclude: bool) -> Decided:
    """Turn all of it down: the units go back to be routed elsewhere.

    `missing` (line -> quantity) is what is not there in truth: it becomes no reservation again,
    and the location's stock is corrected by it.
    """
    refused = check_step(work, "reject") or _check_missing(work, missing)
    if refused:
        return refused
    if any(line.shipped for line in work.lines):
        return Refused(
            Refusal.WRONG_STATE, f"Part of {work.number} has left; cancel the rest instead."
        )
    change = Change(work, "reject", State.REJECTED, reason=reason)
    _give_back(change, {line.line_no: line.open for line in work.lines}, missing)
    _put_back(change)
    change.exclude_reason = reason if exclude else None
    lines = named_lines(work, {line.line_no: line.open for line in work.lines})
    body = {"location_id": work.location_id, "reason": reason, "lines": lines}
    change.events.append(("fulfillment.rejected.v1", body))
    return change


def _check_missing(work: Work, missing: Mapping[int, int]) -> Refused | None:
    by_no = {line.line_no: line for line in work.lines}
    for line_no, quantity in missing.items():
        if line_no not in by_no:
            return Refused(
                Refusal.UNKNOWN_LINE, f"{work.number} has no line {line_no}.", "/missing"
            )
        if quantity > by_no[line_no].open:
            return Refused(
                Refusal.MORE_THAN_ORDERED,
                f"Line {line_no} of {work.number} has {by_no[line_no].open} open.",
                "/missing",
            )
    return None


def decide_pick(work: Work, asked: Sequence[PickedLine] | None, *, correct_stock: bool) -> Decided:
    """Units are taken from the shelf; without `asked` everything still to pick.

    What is short is given up here in whole order-line units (a kit without one part cannot leave)
    and routed again elsewhere; with `correct_stock` the location's stock loses what was short.
    """
    refused = check_step(work, "pick")
    if refused:
        return refused
    if asked is not None and len({line.line_no for line in asked}) < len(asked):
        return Refused(Refusal.LINE_NAMED_TWICE, "A line is named twice.", "/lines")
    picked_asked = None if asked is None else {line.line_no: line.picked for line in asked}
    short = {line.line_no: line.short for line in asked or () if line.short}
    if short and not any((picked_asked or {}).values()):
        picked: dict[int, int] = {}
        refused = _check_short(work, short, {})
    else:
        chosen = choose_lines(
            work, picked_asked, lambda line: line.wanted - line.picked, Refusal.MORE_THAN_ORDERED
        )
        if isinstance(chosen, Refused):
            return chosen
        picked = chosen
        refused = _check_short(work, short, picked)
    if refused:
        return refused
    change = Change(work, "pick", State.PICKED)
    add_deltas(change, "picked", picked)
    if short:
        _give_up_short(change, short, correct_stock=correct_stock)
        if any(line.packed > line.picked for line in lines_after(change)):
            return Refused(
                Refusal.WRONG_STATE,
                f"Other parts of a kit of {work.number} are packed; unpack first.",
            )
        change.exclude_reason = "short_pick"
        change.reason = "short_pick"
    change.state = state_of(work, lines_after(change), ended=State.REJECTED)
    body = {"lines": named_lines(work, picked), "short": named_lines(work, short)}
    change.events.append(("fulfillment.picked.v1", body))
    return change


def _check_short(work: Work, short: Mapping[int, int], picked: Mapping[int, int]) -> Refused | None:
    by_no = {line.line_no: line for line in work.lines}
    for line_no, quantity in short.items():
        line = by_no.get(line_no)
        if line is None:
            return Refused(Refusal.UNKNOWN_LINE, f"{work.number} has no line {line_no}.", "/lines")
        left = line.wanted - line.picked - picked.get(line_no, 0)
        if quantity > left:
            return Refused(
                Refusal.MORE_THAN_ORDERED,
                f"Line {line_no} of {work.number} has {left} that could be short, not {quantity}.",
                "/lines",
                {"line_no": line_no, "available": left},
            )
    return None


def _give_up_short(change: Change, short: Mapping[int, int], *, correct_stock: bool) -> None:
    """Give up the order-line units that cannot be made without what is short."""
    lost: dict[int, int] = {}
    for line in change.work.lines:
        units = -(-short.get(line.line_no, 0) // line.per_unit)
        lost[line.order_line_no] = max(lost.get(line.order_line_no, 0), units)
    given_up = {
        line.line_no: lost[line.order_line_no] * line.per_unit
        for line in change.work.lines
        if lost[line.order_line_no]
    }
    missing = dict(short) if correct_stock else {}
    _give_back(change, given_up, missing, short=short)
    # Parts of a given-up kit that were picked already go back to the shelf.
    for line in lines_after(change):
        surplus = line.picked - line.wanted
        if surplus > 0:
            add_deltas(change, "picked", {line.line_no: -surplus})


def _give_back(
    change: Change,
    quantities: Mapping[int, int],
    missing: Mapping[int, int],
    *,
    short: Mapping[int, int] | None = None,
) -> None:
    """Release `quantities` per line: allocations, counters, and units to be routed again."""
    before = open_units(change.work.lines)
    short = short or {}
    add_deltas(change, "short", {no: min(q, short.get(no, 0)) for no, q in quantities.items()})
    add_deltas(
        change, "canceled", {no: q - min(q, short.get(no, 0)) for no, q in quantities.items()}
    )
    if change.work.kind is not Kind.DIGITAL:  # What needs no stock has none to give back.
        change.missing = {no: q for no, q in missing.items() if q}
        change.to_free = dict(change.missing)
        change.to_reservation = {
            no: q - change.missing.get(no, 0)
            for no, q in quantities.items()
            if q > change.missing.get(no, 0)
        }
    change.units_released = gained(open_units(lines_after(change)), before)
    change.reroute = bool(change.units_released)


def decide_pack(work: Work, packages: Sequence[PackedPackage]) -> Decided:
    """Put picked units into packages."""
    refused = check_step(work, "pack")
    if refused:
        return refused
    change = Change(work, "pack", State.PACKED)
    loose = {line.line_no: line.picked - line.packed for line in work.lines}
    for package in packages:
        chosen = choose_lines(
            work, package.lines, lambda line: loose[line.line_no], Refusal.MORE_THAN_PICKED
        )
        if isinstance(chosen, Refused):
            return chosen
        for line_no, quantity in chosen.items():
            loose[line_no] -= quantity
        add_deltas(change, "packed", chosen)
        change.new_packages.append(
            NewPackage(
                package.package_id,
                chosen,
                weight_grams=package.weight_grams,
                length_mm=package.length_mm,
                width_mm=package.width_mm,
                height_mm=package.height_mm,
            )
        )
    change.state = state_of(work, lines_after(change), ended=work.state)
    ids = [package.package_id for package in change.new_packages]
    change.events.append(("fulfillment.packed.v1", {"packages": ids}))
    return change


def decide_cancel(work: Work, *, reason: str) -> Decided:
    """Call the work off; what has not left goes back to its order and is routed again."""
    refused = check_step(work, "cancel")
    if refused:
        return refused
    open_lines = whole_open(work.lines)
    if not open_lines:
        return Refused(Refusal.NOTHING_TO_DO, f"All of {work.number} has left.")
    change = Change(work, "cancel", State.CANCELED, reason=reason)
    _give_back(change, open_lines, {})
    _put_back(change)
    change.state = state_of(work, lines_after(change), ended=State.CANCELED)
    body = {"reason": reason, "lines": named_lines(work, open_lines)}
    change.events.append(("fulfillment.canceled.v1", body))
    return change


def _put_back(change: Change) -> None:
    """Put everything that has not left back on the shelf and take its packages apart."""
    lines = change.work.lines
    add_deltas(change, "picked", {line.line_no: line.shipped - line.picked for line in lines})
    add_deltas(change, "packed", {line.line_no: line.shipped - line.packed for line in lines})
    change.dropped_packages = [p.package_id for p in change.work.packages if p.shipment_id is None]


def whole_open(lines: Sequence[WorkLine]) -> dict[int, int]:
    """Return line -> what can be called off: whole units of which no part has left."""
    wanted = whole_units(lines, lambda line: line.wanted)
    begun: dict[int, int] = {}
    for line in lines:
        units = -(-line.shipped // line.per_unit)
        begun[line.order_line_no] = max(begun.get(line.order_line_no, 0), units)
    return {
        line.line_no: (wanted[line.order_line_no] - begun[line.order_line_no]) * line.per_unit
        for line in lines
        if wanted[line.order_line_no] > begun[line.order_line_no]
    }


def decide_undo(work: Work, step: str) -> Decided:
    """Take back the last step inside the location: unaccept, unpick, unpack or unready."""
    refused = check_step(work, step)
    if refused:
        return refused
    change = Change(work, step, work.state)
    if step == "unaccept":
        if any(line.picked or line.shipped for line in work.lines):
            return Refused(Refusal.WRONG_STATE, f"{work.number} has picked units; unpick first.")
        change.state = State.OPEN
        change.units_started = -sum(open_units(work.lines).values())
    elif step == "unpick":
        back = {line.line_no: line.packed - line.picked for line in work.lines}
        if not any(back.values()):
            return Refused(Refusal.NOTHING_TO_DO, f"{work.number} has nothing picked to put back.")
        add_deltas(change, "picked", back)
        change.state = state_of(work, lines_after(change), ended=work.state)
    elif step == "unpack":
        back = {line.line_no: line.shipped - line.packed for line in work.lines}
        if not any(back.values()):
            return Refused(Refusal.NOTHING_TO_DO, f"{work.number} has nothing packed to unpack.")
        add_deltas(change, "packed", back)
        change.dropped_packages = [p.package_id for p in work.packages if p.shipment_id is None]
        change.state = state_of(work, lines_after(change), ended=work.state)
    else:
        change.state = State.PACKED
    undone = {"unaccept": "accept", "unpick": "pick", "unpack": "pack", "unready": "make_ready"}
    change.events.append(("fulfillment.undone.v1", {"step": undone[step]}))
    return change


def open_units(lines: Sequence[WorkLine]) -> dict[int, int]:
    """Return order line -> units that are allocated here and have not left."""
    wanted = whole_units(lines, lambda line: line.wanted)
    left = whole_units(lines, lambda line: line.shipped)
    return {line_no: wanted[line_no] - left[line_no] for line_no in wanted}
