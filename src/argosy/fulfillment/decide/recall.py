"""Taking back work that nobody has begun, because its order was changed. Pure."""

from collections.abc import Mapping, Sequence

from argosy.fulfillment.decide.steps import Decided, open_units
from argosy.fulfillment.decide.work import (
    add_deltas,
    check_step,
    gained,
    lines_after,
    named_lines,
    state_of,
)
from argosy.fulfillment.model import Kind, State
from argosy.fulfillment.model.work import Change, Work


def recallable_units(works: Sequence[Work]) -> dict[int, int]:
    """Return order line -> units of one order in work that nobody has taken on."""
    units: dict[int, int] = {}
    for work in works:
        if work.state is State.OPEN:
            for line_no, number in open_units(work.lines).items():
                units[line_no] = units.get(line_no, 0) + number
    return units


def spread_recall(
    works: Sequence[Work], asked: Mapping[int, int]
) -> list[tuple[Work, dict[int, int]]]:
    """Return how many units of which order line each work gives back; the newest work first."""
    left = dict(asked)
    parts = []
    for work in sorted(works, key=lambda each: each.fulfillment_order_id, reverse=True):
        if work.state is not State.OPEN:
            continue
        part = {}
        for line_no, number in open_units(work.lines).items():
            units = min(number, left.get(line_no, 0))
            if units:
                part[line_no] = units
                left[line_no] -= units
        if part:
            parts.append((work, part))
    assert not any(left.values()), left
    return parts


def decide_recall(work: Work, units: Mapping[int, int], *, reason: str) -> Decided:
    """Take `units` per order line back to their order; they are not routed again."""
    refused = check_step(work, "recall")
    if refused:
        return refused
    change = Change(work, "recall", State.CANCELED)
    quantities = {
        line.line_no: units[line.order_line_no] * line.per_unit
        for line in work.lines
        if units.get(line.order_line_no)
    }
    before = open_units(work.lines)
    add_deltas(change, "canceled", quantities)
    if work.kind is not Kind.DIGITAL:
        change.to_reservation = quantities
    after = lines_after(change)
    change.units_released = gained(open_units(after), before)
    assert change.units_released == dict(units), (change.units_released, units)
    change.state = state_of(work, after, ended=State.CANCELED)
    if change.state is State.CANCELED:
        change.reason = reason
    body = {"reason": reason, "lines": named_lines(work, quantities)}
    change.events.append(("fulfillment.recalled.v1", body))
    return change
