"""What every step shares: whether it may be taken, which lines, and the state that follows."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from argosy.fulfillment.model import STEPS, Refusal, State
from argosy.fulfillment.model.work import Change, Work, WorkLine
from argosy.kernel.refusals import Refused


def check_step(work: Work, name: str) -> Refused | None:
    """Return why the step may not be taken now, None if it may."""
    step = STEPS[name]
    if work.kind not in step.kinds:
        kinds = ", ".join(sorted(step.kinds))
        return Refused(
            Refusal.WRONG_KIND,
            f"{name} is for {kinds}; {work.number} is {work.kind}.",
            facts={"kind": work.kind.value},
        )
    if work.state not in step.starts_from:
        return Refused(
            Refusal.WRONG_STATE,
            f"{work.number} is {work.state}; {name} starts from "
            f"{', '.join(sorted(step.starts_from))}.",
            facts={"state": work.state.value},
        )
    if step.held_order_refused and work.active_holds:
        return Refused(
            Refusal.ORDER_ON_HOLD,
            f"The order of {work.number} has {work.active_holds} active holds.",
            facts={"active_holds": work.active_holds},
        )
    if step.held_order_refused and work.lifecycle != "placed":
        return Refused(
            Refusal.ORDER_NOT_OPEN,
            f"The order of {work.number} is {work.lifecycle}.",
            facts={"lifecycle": work.lifecycle},
        )
    return None


def choose_lines(
    work: Work,
    asked: Mapping[int, int] | None,
    available: Callable[[WorkLine], int],
    too_many: Refusal,
) -> dict[int, int] | Refused:
    """Return line -> quantity of what was asked, everything available when nothing was named."""
    if asked is None:
        chosen = {line.line_no: available(line) for line in work.lines if available(line) > 0}
    else:
        by_no = {line.line_no: line for line in work.lines}
        for line_no, quantity in asked.items():
            if line_no not in by_no:
                return Refused(
                    Refusal.UNKNOWN_LINE, f"{work.number} has no line {line_no}.", "/lines"
                )
            if quantity < 0:
                return Refused(
                    Refusal.QUANTITY_NOT_POSITIVE, f"Line {line_no}: {quantity} units.", "/lines"
                )
            if quantity > available(by_no[line_no]):
                return Refused(
                    too_many,
                    f"Line {line_no} of {work.number} has {available(by_no[line_no])}, "
                    f"not {quantity}.",
                    "/lines",
                    {"line_no": line_no, "available": available(by_no[line_no])},
                )
        chosen = {line_no: quantity for line_no, quantity in asked.items() if quantity > 0}
    if not chosen:
        return Refused(Refusal.NOTHING_TO_DO, f"{work.number} has nothing left for this step.")
    return chosen


def add_deltas(change: Change, counter: str, quantities: Mapping[int, int]) -> None:
    """Add `quantities` to one counter of the change's lines."""
    for line_no, quantity in quantities.items():
        if quantity:
            of_line = change.deltas.setdefault(line_no, {})
            of_line[counter] = of_line.get(counter, 0) + quantity


def lines_after(change: Change) -> tuple[WorkLine, ...]:
    """Return the lines as they will be."""
    return tuple(
        msgspec.structs.replace(
            line,
            **{
                counter: getattr(line, counter) + delta
                for counter, delta in change.deltas.get(line.line_no, {}).items()
            },
        )
        for line in change.work.lines
    )


def whole_units(lines: Iterable[WorkLine], count: Callable[[WorkLine], int]) -> dict[int, int]:
    """Return order line -> whole units: of a kit, as many as every component allows."""
    units: dict[int, int] = {}
    for line in lines:
        number = count(line) // line.per_unit
        units[line.order_line_no] = min(units.get(line.order_line_no, number), number)
    return units


def gained(before: Mapping[int, int], after: Mapping[int, int]) -> dict[int, int]:
    """Return what each key gained, without those that gained nothing; asserts that none lost."""
    assert all(after[key] >= before[key] for key in before)
    return {key: after[key] - before[key] for key in before if after[key] != before[key]}


def state_of(work: Work, lines: Iterable[WorkLine], *, ended: State) -> State:
    """Derive the state of accepted work from its counters; `ended` when nothing is wanted."""
    lines = tuple(lines)
    wanted = sum(line.wanted for line in lines)
    if wanted == 0:
        return ended
    if sum(line.shipped for line in lines) == wanted:
        delivered = sum(line.delivered for line in lines) == wanted
        return State.FULFILLED if delivered else State.SHIPPED
    if work.state is State.OPEN and not any(line.picked for line in lines):
        return State.OPEN
    if sum(line.packed for line in lines) == wanted:
        return State.PACKED
    if sum(line.picked for line in lines) == wanted:
        return State.PICKED
    return State.ACCEPTED


def named_lines(work: Work, quantities: Mapping[int, int]) -> list[dict[str, Any]]:
    """Return quantities per line as events carry them: order line, SKU, quantity."""
    return [
        {"line_no": line.order_line_no, "sku": line.sku_code, "quantity": quantities[line.line_no]}
        for line in work.lines
        if quantities.get(line.line_no)
    ]
