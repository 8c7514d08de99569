"""Routing what is due: claim, load, decide, apply; one transaction for up to 500 groups."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from argosy.exceptions import NewException
from argosy.exceptions.door import open_exceptions
from argosy.fulfillment.commands.routing_facts import RoutingFacts, load_facts
from argosy.fulfillment.decide.routing import plan_groups
from argosy.fulfillment.decide.settings import RoutingSettings, read_settings
from argosy.fulfillment.decide.words import say_outcome
from argosy.fulfillment.model.routing import Group, Plan, PlannedOrder
from argosy.fulfillment.store import routing as store
from argosy.inventory.door import Allocate, convert_to_allocations
from argosy.kernel.database import Database, Tx
from argosy.kernel.ids import new_id
from argosy.orders.door import GroupRouting, LineUnits, allocate_units, set_routing

BATCH = 500
BY = "system:argosy"

_BLOCKED_AGAIN = timedelta(minutes=5)
_BACKORDER_AGAIN = timedelta(days=1)
_MOST_DOUBLINGS = 5
_PAID_FOR = frozenset({"authorized", "partially_captured", "captured", "partially_refunded"})


class Routed(msgspec.Struct, frozen=True):
    """What came of a claimed group: routed, part_routed, waiting, held, unpaid or contended."""

    order_id: UUID
    group_no: int
    outcome: str


async def route_due_groups(db: Database, now: datetime, *, limit: int = BATCH) -> int:
    """Route up to `limit` groups that are due; return how many were looked at."""
    return len(await db.run(lambda tx: route_batch(tx, now, limit=limit)))


async def route_batch(tx: Tx, now: datetime, *, limit: int = BATCH) -> list[Routed]:
    """Claim due groups and route them in this transaction; return what came of each.

    Groups of held or unpaid orders are put off; what frees them makes them due at once. A group
    whose stock or capacity was taken meanwhile stays due and is decided anew.
    """
    claimed = await store.claim_groups(tx, now, limit)
    if not claimed:
        return []
    outcomes, keys, postponed = [], [], []
    for group in claimed:
        blocked = _blocked(group)
        if blocked is None:
            keys.append((group.order_id, group.group_no))
            continue
        outcomes.append(Routed(group.order_id, group.group_no, blocked))
        postponed.append(
            GroupRouting(
                group.order_id,
                group.group_no,
                "to_route",
                now + _BLOCKED_AGAIN,
                _BLOCKED[blocked],
                group.routing_attempts,
            )
        )
    if not keys:
        await set_routing(tx, postponed)
        return outcomes
    facts = await load_facts(tx, keys, now)
    plans = plan_groups(
        facts.groups, facts.places, facts.lanes, facts.supply, settings=facts.settings, now=now
    )
    contended = await _apply_plans(tx, plans, facts, now)
    rows = list(postponed)
    kept = [plan for plan in plans if plan.group.order_id not in contended]
    rows += [_queue(plan, facts, now) for plan in kept]
    await set_routing(tx, rows)
    await _ask_people(tx, kept, facts, now)
    for plan in plans:
        outcome = "contended" if plan.group.order_id in contended else plan.outcome
        outcomes.append(Routed(plan.group.order_id, plan.group.group_no, outcome))
    return outcomes


_BLOCKED = {
    "held": "The order is on hold.",
    "unpaid": "The payment is not authorized yet.",
}


def _blocked(group: store.ClaimedGroup) -> str | None:
    if group.active_holds:
        return "held"
    if group.payment_status is not None and group.payment_status not in _PAID_FOR:
        return "unpaid"
    return None


async def _apply_plans(
    tx: Tx, plans: Sequence[Plan], facts: RoutingFacts, now: datetime
) -> set[UUID]:
    """Write what was planned; return the orders of which nothing was, as others were faster."""
    made = [(plan, order, new_id()) for plan in plans for order in plan.orders]
    contended = await _claim_capacity(tx, made, now)
    made = [each for each in made if each[0].group.order_id not in contended]
    if made:
        lines = {key: _lines(plan, order, key) for plan, order, key in made}
        lost = await convert_to_allocations(
            tx,
            [row for plan, order, key in made for row in _allocations(plan, order, key)],
            by=BY,
            now=now,
        )
        if lost:
            contended |= lost
            await _release_capacity(tx, [m for m in made if m[0].group.order_id in lost], now)
            made = [each for each in made if each[0].group.order_id not in lost]
        await store.place_fulfillment_orders(
            tx,
            [_new_order(plan, order, key, now) for plan, order, key in made],
            [line for _, _, key in made for line in lines[key]],
            by=BY,
            now=now,
        )
        await allocate_units(tx, _units(made), by=BY, now=now)
    policy = (facts.settings.name, facts.settings.version)
    ids: dict[int, list[UUID]] = {}
    for plan, _, key in made:
        ids.setdefault(id(plan), []).append(key)
    kept = [plan for plan in plans if plan.group.order_id not in contended]
    told = [plan for plan in kept if plan.candidates or plan.without]
    decisions = [_decision(plan, ids.get(id(plan), [])) for plan in told]
    await store.record_decisions(tx, decisions, policy, now)
    return contended


Made = tuple[Plan, PlannedOrder, UUID]


async def _claim_capacity(tx: Tx, made: Sequence[Made], now: datetime) -> set[UUID]:
    """Count the planned work against its day; return the orders that found a day full."""
    loads = _loads(made)
    rows = [(*key, number, capacity) for key, (number, capacity) in sorted(loads.items())]
    granted = await store.claim_loads(tx, rows, now)
    if len(granted) == len(rows):
        return set()
    full = {
        plan.group.order_id
        for plan, order, _ in made
        if order.place and (order.place.location_id, order.place.day) not in granted
    }
    back = [m for m in made if m[0].group.order_id in full]
    given = [m for m in back if m[1].place and (m[1].place.location_id, m[1].place.day) in granted]
    await _release_capacity(tx, given, now)
    return full


async def _release_capacity(tx: Tx, made: Sequence[Made], now: datetime) -> None:
    rows = [(*key, number) for key, (number, _) in _loads(made).items()]
    await store.release_loads(tx, rows, now)


def _loads(made: Sequence[Made]) -> dict[tuple[UUID, Any], tuple[int, int | None]]:
    loads: dict[tuple[UUID, Any], tuple[int, int | None]] = {}
    for _, order, _ in made:
        if order.place is not None:
            key = (order.place.location_id, order.place.day)
            loads[key] = (loads.get(key, (0, None))[0] + 1, order.place.capacity)
    return loads


def _allocations(plan: Plan, order: PlannedOrder, key: UUID) -> list[Allocate]:
    if order.place is None:
        return []
    return [
        Allocate(
            line.part.sku_id,
            plan.group.order_id,
            line.line_no,
            take.from_location,
            order.place.location_id,
            key,
            number,
            take.quantity,
        )
        for number, line in enumerate(order.lines, 1)
        for take in line.takes
    ]


def _new_order(plan: Plan, order: PlannedOrder, key: UUID, now: datetime) -> store.NewOrder:
    place = order.place
    return store.NewOrder(
        plan.group.order_id,
        key,
        plan.group.group_no,
        place.location_id if place else None,
        order.kind.value,
        place.day if place else None,
        place.due_at if place else now,
    )


def _lines(plan: Plan, order: PlannedOrder, key: UUID) -> list[store.NewLine]:
    return [
        store.NewLine(
            plan.group.order_id,
            key,
            number,
            line.line_no,
            line.part.sku_id,
            line.part.sku_code,
            line.quantity,
            line.part.per_unit,
        )
        for number, line in enumerate(order.lines, 1)
    ]


def _units(made: Sequence[Made]) -> list[LineUnits]:
    units: dict[tuple[UUID, int], int] = {}
    for plan, order, _ in made:
        for line_no, number in order.units():
            key = (plan.group.order_id, line_no)
            units[key] = units.get(key, 0) + number
    return [LineUnits(order_id, line_no, number) for (order_id, line_no), number in units.items()]


def _decision(plan: Plan, ids: Sequence[UUID]) -> store.NewDecision:
    group = plan.group
    chosen = [
        {
            "fulfillment_order_id": key,
            "location": order.place.code if order.place else None,
            "lines": [[line.line_no, line.part.sku_code, line.quantity] for line in order.lines],
        }
        for order, key in zip(plan.orders, ids, strict=True)
    ]
    facts: dict[str, Any] = {
        "lines": [[demand.line_no, demand.units] for demand in group.demands],
        "method": group.method_code,
        "country": group.country,
        "sets_considered": plan.sets_considered,
    }
    for name in ("point", "ship_by", "deliver_by"):
        if getattr(group, name) is not None:
            facts[name] = getattr(group, name)
    for name in ("left", "missing", "alternatives", "without"):
        if getattr(plan, name):
            facts[name] = getattr(plan, name)
    if group.backordered:
        facts["backordered"] = group.backordered
    return store.NewDecision(
        group.order_id,
        group.group_no,
        plan.outcome,
        plan.reason,
        chosen,
        list(plan.candidates),
        facts,
    )


def _queue(plan: Plan, facts: RoutingFacts, now: datetime) -> GroupRouting:
    """Say when the group is looked at again: never when routed, later and later when not."""
    group = plan.group
    attempts = facts.attempts.get((group.order_id, group.group_no), 0)
    key = (group.order_id, group.group_no)
    if plan.outcome == "routed":
        return GroupRouting(*key, "routed", None, None, 0)
    message = say_outcome(plan.reason)
    if not plan.left:
        # Only a unit without a SKU counts its looks, for a person is asked at the first one.
        attempts += bool(group.unnamed)
        return GroupRouting(*key, "waiting", now + _BACKORDER_AGAIN, message, attempts)
    pause = timedelta(minutes=facts.settings.retry_minutes * 2 ** min(attempts, _MOST_DOUBLINGS))
    return GroupRouting(*key, "waiting", now + pause, message, attempts + 1)


async def _ask_people(tx: Tx, plans: Sequence[Plan], facts: RoutingFacts, now: datetime) -> None:
    """Open an exception for each group that was tried in vain as often as the settings allow.

    What has no SKU goes nowhere by itself, so that a person is asked at once.
    """
    asked = []
    for plan in plans:
        group = plan.group
        attempts = facts.attempts.get((group.order_id, group.group_no), 0) + 1
        in_vain = bool(plan.left) and attempts == facts.settings.attempts_before_exception
        if in_vain or (group.unnamed and attempts == 1):
            what = f"No location after {attempts} attempts" if in_vain else "Lines without a SKU"
            asked.append(
                NewException(
                    category="routing",
                    subject_kind="order",
                    subject_id=group.order_id,
                    order_id=group.order_id,
                    message=f"{what}: {say_outcome(plan.reason)}",
                    facts={"group_no": group.group_no, "missing": plan.missing},
                    step="fulfillment.route",
                    severity="high",
                )
            )
    await open_exceptions(tx, asked, now)


class DryRun(msgspec.Struct, frozen=True):
    """What routing would do now, without doing it."""

    settings: RoutingSettings
    plans: list[Plan]


async def plan_dry_run(
    tx: Tx,
    order_ids: Sequence[UUID],
    asked: Sequence[Group],
    now: datetime,
    rules: Any = None,
) -> DryRun:
    """Plan the groups of some orders, and hypothetical ones, over the present stock.

    `rules` (a settings document) are tried instead of the ones in force. Nothing is changed.
    """
    keys = await store.find_groups(tx, order_ids) if order_ids else []
    facts = await load_facts(tx, keys, now, asked)
    settings = facts.settings if rules is None else read_settings(rules)
    plans = plan_groups(
        facts.groups, facts.places, facts.lanes, facts.supply, settings=settings, now=now
    )
    return DryRun(settings, plans)


async def forget_exclusions(tx: Tx, order_id: UUID) -> None:
    """Let locations that turned an order down be asked for it again."""
    await store.forget_exclusions(tx, order_id)
