"""Which units of an order are canceled, and what they are worth. Pure."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from argosy.inventory import Need
from argosy.kernel.refusals import Refused
from argosy.orders.model import Cancel, CancelAsked, CancelFacts, CancelLine, Refusal


def decide_cancel(
    facts: CancelFacts, asked: CancelAsked, recallable: Mapping[int, int]
) -> Cancel | Refused:
    """Cancel what is asked, or refuse all of it.

    `recallable` are the allocated units, by line, of work that no location has taken on. What no
    location has yet is canceled first.
    """
    refused = _refused_at_all(facts, asked)
    if refused:
        return refused
    by_no = {line.line_no: line for line in facts.lines}
    if asked.units is None:
        wanted = {line.line_no: line.left for line in facts.lines if line.left}
    else:
        wanted = dict(asked.units)
    if not wanted:
        return Refused(
            Refusal.NOTHING_LEFT_TO_CANCEL,
            "Everything has left or is canceled; what has left can only be returned.",
        )
    recalled: dict[int, int] = {}
    for line_no, quantity in wanted.items():
        line = by_no.get(line_no)
        if line is None:
            return Refused(
                Refusal.LINE_UNKNOWN,
                f"The order has no line {line_no}; it has {len(by_no)}.",
                "/lines",
            )
        refused = _refused_units(line, quantity, recallable.get(line_no, 0))
        if refused:
            return refused
        if quantity > line.unallocated:
            recalled[line_no] = quantity - line.unallocated
    values = {no: value_of_canceled(by_no[no], quantity) for no, quantity in wanted.items()}
    return Cancel(facts, asked, wanted, values, recalled)


def _refused_at_all(facts: CancelFacts, asked: CancelAsked) -> Refused | None:
    if asked.version is not None and asked.version != facts.version:
        return Refused(
            Refusal.ORDER_CHANGED_MEANWHILE,
            f"The order is at version {facts.version}, not {asked.version}; preview it again.",
            "/version",
            {"version": facts.version},
        )
    if facts.lifecycle != "placed":
        return Refused(
            Refusal.ORDER_IS_CLOSED,
            f"The order is {facts.lifecycle}; what was delivered can only be returned.",
            facts={"lifecycle": facts.lifecycle},
        )
    return None


def _refused_units(line: CancelLine, quantity: int, recallable: int) -> Refused | None:
    assert line.canceled + line.allocated + line.fulfilled <= line.ordered
    counts: dict[str, Any] = {
        "line_no": line.line_no,
        "available": line.unallocated + recallable,
        "canceled": line.canceled,
        "fulfilled": line.fulfilled,
        "worked_on": line.allocated - recallable,
    }
    if quantity > line.left:
        if line.fulfilled:
            detail = (
                f"Line {line.line_no} has {line.left} units left to cancel, not {quantity}; "
                f"{line.fulfilled} have left and can only be returned."
            )
            return Refused(Refusal.UNITS_ALREADY_SHIPPED, detail, "/lines", counts)
        detail = f"Line {line.line_no} has {line.left} units left to cancel, not {quantity}."
        return Refused(Refusal.NOTHING_LEFT_TO_CANCEL, detail, "/lines", counts)
    if quantity > line.unallocated + recallable:
        detail = (
            f"A location works on {line.allocated - recallable} units of line {line.line_no}; "
            f"{line.unallocated + recallable} can be canceled at once. Ask the location to take "
            "its acceptance back or to reject the work first."
        )
        return Refused(Refusal.UNITS_BEING_WORKED_ON, detail, "/lines", counts)
    return None


def value_of_canceled(line: CancelLine, quantity: int) -> int:
    """Return what the next `quantity` canceled units of a line are worth, in minor units.

    The worth of a unit is fixed at placement and holds its shares of discounts, fees, shipping and
    tax. Units leave from the front of a line and are canceled from its end, so that all that left
    and all that was canceled sum exactly to the line, however it was cut.
    """
    kept = line.ordered - line.canceled - quantity
    assert quantity > 0 <= kept
    return line.total_minor - line.total_minor * kept // line.ordered - line.canceled_minor


def needs_after(cancel: Cancel, change_order_id: UUID, *, recalled: bool) -> list[Need]:
    """Return what the changed lines need of each SKU from now on, beyond what is allocated.

    `recalled` says that recalled units are still at their locations, as in a preview.
    """
    needs = []
    for line in cancel.facts.lines:
        quantity = cancel.units.get(line.line_no)
        if quantity is None:
            continue
        back = cancel.recalled.get(line.line_no, 0)
        left = line.unallocated + back - quantity
        needs += [
            Need(
                sku_id,
                cancel.facts.order_id,
                line.line_no,
                left * per_unit,
                change_order_id,
                back * per_unit if recalled else 0,
            )
            for sku_id, per_unit in line.parts
        ]
    return needs


def say_cancel(cancel: Cancel) -> str:
    """Return the sentence that the customer would be told."""
    titles = {line.line_no: line.title for line in cancel.facts.lines}
    if cancel.is_whole:
        return f"Your order {cancel.facts.order_number} was canceled."
    what = ", ".join(f"{units} × {titles[no]}" for no, units in sorted(cancel.units.items()))
    return f"Canceled of your order {cancel.facts.order_number}: {what}."
