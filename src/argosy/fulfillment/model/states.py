"""The nouns of fulfillment: states, kinds, steps and refusals. The step table is checked here."""

from enum import StrEnum

import msgspec


class State(StrEnum):
    """Where a fulfillment order stands; derived from its counters and the steps taken."""

    OPEN = "open"
    ACCEPTED = "accepted"
    PICKED = "picked"
    PACKED = "packed"
    SHIPPED = "shipped"
    READY_FOR_PICKUP = "ready_for_pickup"
    FULFILLED = "fulfilled"
    REJECTED = "rejected"
    CANCELED = "canceled"


class Kind(StrEnum):
    """How the goods reach the buyer."""

    SHIP = "ship"
    PICKUP = "pickup"
    DIGITAL = "digital"
    DROP_SHIP = "drop_ship"


class Refusal(StrEnum):
    """Why a command on a fulfillment order was not done."""

    FULFILLMENT_ORDER_NOT_FOUND = "fulfillment_order_not_found"
    NAMED_TWICE = "named_twice"
    FULFILLMENT_ORDER_CHANGED = "fulfillment_order_changed"
    WRONG_STATE = "wrong_state"
    WRONG_KIND = "wrong_kind"
    ORDER_ON_HOLD = "order_on_hold"
    ORDER_NOT_OPEN = "order_not_open"
    UNKNOWN_LINE = "unknown_line"
    LINE_NAMED_TWICE = "line_named_twice"
    QUANTITY_NOT_POSITIVE = "quantity_not_positive"
    MORE_THAN_ORDERED = "more_than_ordered"
    MORE_THAN_PICKED = "more_than_picked"
    MORE_THAN_PACKED = "more_than_packed"
    NOTHING_TO_DO = "nothing_to_do"
    STOCK_NOT_ALLOCATED = "stock_not_allocated"
    SHIPMENT_NOT_FOUND = "shipment_not_found"
    SHIPMENT_ALREADY_VOIDED = "shipment_already_voided"
    CARRIER_HAS_IT = "carrier_has_it"
    ALREADY_DELIVERED = "already_delivered"
    WRONG_PICKUP_CODE = "wrong_pickup_code"
    TOO_MANY_PICKUP_ATTEMPTS = "too_many_pickup_attempts"
    ALREADY_ON_A_PICK_LIST = "already_on_a_pick_list"
    ANOTHER_LOCATION = "another_location"
    PICK_LIST_NOT_FOUND = "pick_list_not_found"
    LOCATION_NOT_FOUND = "location_not_found"
    ORDER_NOT_FOUND = "order_not_found"
    ROUTING_SETTINGS_CHANGED = "routing_settings_changed"


class Step(msgspec.Struct, frozen=True):
    """One thing that may be done to a fulfillment order: from which states, and where it leads.

    `leads_to` lists every state the step can end in: a partial step may leave the state as it was.
    `undoes` names the step that this one takes back.
    """

    name: str
    starts_from: frozenset[State]
    leads_to: frozenset[State]
    kinds: frozenset[Kind] = frozenset(Kind)
    undoes: str | None = None
    held_order_refused: bool = False


_S = State
_STOCKED = frozenset({Kind.SHIP, Kind.PICKUP, Kind.DROP_SHIP})
_SENT = frozenset({Kind.SHIP, Kind.DROP_SHIP})


def _step(
    name: str,
    starts_from: set[State],
    leads_to: set[State],
    kinds: frozenset[Kind] = _STOCKED,
    *,
    undoes: str | None = None,
    held_order_refused: bool = False,
) -> Step:
    return Step(
        name, frozenset(starts_from), frozenset(leads_to), kinds, undoes, held_order_refused
    )


_WORKED_ON = {_S.OPEN, _S.ACCEPTED, _S.PICKED, _S.PACKED}

STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        _step("accept", {_S.OPEN}, {_S.ACCEPTED}, held_order_refused=True),
        _step(
            "hand_over",
            {_S.OPEN},
            {_S.ACCEPTED},
            frozenset({Kind.DROP_SHIP}),
            held_order_refused=True,
        ),
        _step("reject", {_S.OPEN, _S.ACCEPTED, _S.PICKED}, {_S.REJECTED}),
        _step(
            "pick",
            {_S.ACCEPTED},
            # A short pick may leave only what is packed already.
            {_S.ACCEPTED, _S.PICKED, _S.PACKED, _S.SHIPPED, _S.FULFILLED, _S.REJECTED},
            held_order_refused=True,
        ),
        _step(
            "pack",
            {_S.ACCEPTED, _S.PICKED},
            {_S.ACCEPTED, _S.PICKED, _S.PACKED},
            held_order_refused=True,
        ),
        _step(
            "ship",
            {_S.ACCEPTED, _S.PICKED, _S.PACKED},
            {_S.ACCEPTED, _S.PICKED, _S.PACKED, _S.SHIPPED},
            _SENT,
            held_order_refused=True,
        ),
        _step(
            "complete",
            _WORKED_ON,
            {_S.ACCEPTED, _S.PICKED, _S.PACKED, _S.SHIPPED},
            _SENT,
            held_order_refused=True,
        ),
        _step(
            "make_ready",
            {_S.ACCEPTED, _S.PICKED, _S.PACKED},
            {_S.READY_FOR_PICKUP},
            frozenset({Kind.PICKUP}),
            held_order_refused=True,
        ),
        _step(
            "collect",
            {_S.READY_FOR_PICKUP},
            {_S.READY_FOR_PICKUP, _S.FULFILLED},
            frozenset({Kind.PICKUP}),
            held_order_refused=True,
        ),
        _step(
            "deliver_digital",
            {_S.OPEN},
            {_S.FULFILLED},
            frozenset({Kind.DIGITAL}),
            held_order_refused=True,
        ),
        _step("deliver", {_S.SHIPPED, *_WORKED_ON}, {_S.FULFILLED, _S.SHIPPED, *_WORKED_ON}, _SENT),
        _step(
            "cancel",
            {*_WORKED_ON, _S.READY_FOR_PICKUP},
            {_S.ACCEPTED, _S.CANCELED, _S.SHIPPED, _S.FULFILLED},
            frozenset(Kind),
        ),
        # Only what nobody has taken on: it is asked for by the order, not by the location.
        _step("recall", {_S.OPEN}, {_S.OPEN, _S.CANCELED}, frozenset(Kind)),
        _step("unaccept", {_S.ACCEPTED}, {_S.OPEN}, undoes="accept"),
        _step("unpick", {_S.ACCEPTED, _S.PICKED}, {_S.ACCEPTED}, undoes="pick"),
        _step(
            "unpack",
            {_S.ACCEPTED, _S.PICKED, _S.PACKED},
            {_S.ACCEPTED, _S.PICKED},
            undoes="pack",
        ),
        _step(
            "unready",
            {_S.READY_FOR_PICKUP},
            {_S.PACKED},
            frozenset({Kind.PICKUP}),
            undoes="make_ready",
        ),
        _step(
            "unship",
            {_S.SHIPPED, *_WORKED_ON},
            {_S.ACCEPTED, _S.PICKED, _S.PACKED},
            _SENT,
            undoes="ship",
        ),
    )
}
"""Every step by name."""

FINAL = frozenset({State.FULFILLED, State.REJECTED, State.CANCELED})
ACTIVE = frozenset({State.OPEN, State.ACCEPTED, State.PICKED, State.PACKED, State.READY_FOR_PICKUP})


def check_steps(steps: dict[str, Step]) -> list[str]:
    """Return what is wrong with a step table, as sentences; none for the one that is used."""
    faults = []
    reached = {State.OPEN}.union(*(step.leads_to for step in steps.values()))
    faults += [f"no step leads to {state}" for state in State if state not in reached]
    left = frozenset().union(*(step.starts_from for step in steps.values()))
    faults += [f"{state} is final but a step leaves it" for state in FINAL & left]
    faults += [f"no step leaves {state}" for state in set(State) - FINAL - left]
    for step in steps.values():
        undone = steps.get(step.undoes or "")
        if step.undoes and undone is None:
            faults.append(f"{step.name} undoes {step.undoes}, which is no step")
        elif undone is not None and not step.starts_from & undone.leads_to:
            faults.append(f"{step.name} starts nowhere {undone.name} leads to")
    return sorted(faults)


_faults = check_steps(STEPS)
if _faults:
    raise RuntimeError("; ".join(_faults))
