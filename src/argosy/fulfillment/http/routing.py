"""How orders would be and were routed, why, and by which rules."""

from typing import Annotated, NoReturn
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from argosy.catalogue import door as catalogue
from argosy.fulfillment import reads
from argosy.fulfillment.commands.route import forget_exclusions, plan_dry_run
from argosy.fulfillment.commands.settings import save_routing_settings
from argosy.fulfillment.decide.settings import RoutingSettings
from argosy.fulfillment.decide.words import say_outcome
from argosy.fulfillment.model import Refusal
from argosy.fulfillment.model.routing import Demand, Group, Part, Plan
from argosy.fulfillment.reads import CandidateView, OrderDecisions, view_candidate
from argosy.identity import Access, Actor, door as identity
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database, Tx
from argosy.kernel.http import (
    Answer,
    Moment,
    Problem,
    check_version,
    get,
    not_found,
    post,
    put,
    refuse,
)
from argosy.kernel.ids import new_id
from argosy.kernel.problems import FieldError
from argosy.kernel.refusals import Refused
from argosy.orders import door as orders

_Code = Annotated[str, Meta(min_length=1, max_length=100)]


class AskedLine(Struct, forbid_unknown_fields=True):
    """Units of a SKU or kit."""

    sku: _Code
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]


class AskedGroup(Struct, forbid_unknown_fields=True):
    """A delivery group that nobody ordered, to ask where it would go."""

    channel: _Code
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    lines: Annotated[list[AskedLine], Meta(min_length=1, max_length=500)]
    method: _Code = "standard"
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    ship_by: Moment | None = None
    deliver_by: Moment | None = None
    pickup_location: _Code | None = None
    exclude: Annotated[list[_Code], Meta(max_length=500)] = []


class DryRunBody(Struct, forbid_unknown_fields=True):
    """Orders, hypothetical groups, or both; `settings` are tried instead of the ones in force."""

    order_ids: Annotated[list[UUID], Meta(max_length=200)] = []
    groups: Annotated[list[AskedGroup], Meta(max_length=200)] = []
    settings: RoutingSettings | None = None

    __examples__ = (
        {
            "groups": [
                {"channel": "web", "country": "GB", "lines": [{"sku": "85123A", "quantity": 2}]}
            ],
            "settings": {"objectives": ["cost", "distance"]},
        },
    )


class PlannedLineView(Struct, frozen=True):
    """Units of a SKU for one order line."""

    line_no: int
    sku: str
    quantity: int


class PlannedOrderView(Struct, frozen=True):
    """A fulfillment order as it would be; without a location nothing physical is needed."""

    location: str | None
    kind: str
    due_at: Moment | None
    lines: list[PlannedLineView]


class PlanView(Struct, frozen=True):
    """Where one delivery group would go, and why; without an order it is hypothetical."""

    order_id: UUID | None
    group_no: int
    outcome: str
    reason: str
    says: str
    fulfillment_orders: list[PlannedOrderView]
    candidates: list[CandidateView]
    alternatives: list[list[str]]
    missing: dict[str, int]


class DryRunView(Struct, frozen=True):
    """What routing would do now; nothing was changed."""

    policy_name: str
    policy_version: int
    plans: list[PlanView]


@post(
    "/v1/routing/dry-run",
    permission="routing:read",
    summary="Try routing",
    tags=["routing"],
    keyed=False,
)
async def try_routing(db: Database, clock: Clock, data: DryRunBody) -> DryRunView:
    """Say where orders or hypothetical groups would go over the present stock, and why.

    Groups are planned in the order given and consume stock and capacity as in one batch.
    """
    async with db.reading() as tx:
        asked = await _read_groups(tx, data.groups, clock)
        rules = None if data.settings is None else msgspec.to_builtins(data.settings)
        done = await plan_dry_run(tx, data.order_ids, asked, clock.now(), rules)
    hypothetical = {group.order_id for group in asked}
    plans = [_view(plan, plan.group.order_id in hypothetical) for plan in done.plans]
    return DryRunView(done.settings.name, done.settings.version, plans)


def _view(plan: Plan, hypothetical: bool) -> PlanView:
    return PlanView(
        None if hypothetical else plan.group.order_id,
        plan.group.group_no,
        plan.outcome,
        plan.reason,
        say_outcome(plan.reason),
        [
            PlannedOrderView(
                order.place.code if order.place else None,
                order.kind.value,
                order.place.due_at if order.place else None,
                [
                    PlannedLineView(line.line_no, line.part.sku_code, line.quantity)
                    for line in order.lines
                ],
            )
            for order in plan.orders
        ],
        [view_candidate(msgspec.to_builtins(each)) for each in plan.candidates],
        [list(each.codes) for each in plan.alternatives],
        plan.missing,
    )


async def _read_groups(tx: Tx, asked: list[AskedGroup], clock: Clock) -> list[Group]:
    if not asked:
        return []
    network = await catalogue.network(tx)
    codes = {line.sku for group in asked for line in group.lines}
    skus = await catalogue.skus_by_code(tx, codes, known=network)
    parts = {part for sku in skus.values() for part, _ in sku.components}
    components = await catalogue.skus_by_id(tx, parts, known=network)
    groups = []
    for number, each in enumerate(asked):
        at = f"/groups/{number}"
        channel = network.channel_by_code(each.channel)
        if channel is None:
            _unknown(f"{at}/channel", "channel", each.channel)
        method = network.methods.get(each.method)
        if method is None:
            _unknown(f"{at}/method", "delivery method", each.method)
        demands = []
        for line_no, line in enumerate(each.lines, 1):
            sku = skus.get(line.sku)
            if sku is None:
                _unknown(f"{at}/lines/{line_no - 1}/sku", "SKU", line.sku)
            made = tuple(
                Part(part, components[part].code, units) for part, units in sku.components
            ) or (Part(sku.sku_id, sku.code, 1),)
            demands.append(Demand(line_no, line.quantity, made, sku.kind == "physical"))
        point = None
        if each.latitude is not None and each.longitude is not None:
            point = (each.latitude, each.longitude)
        named = [network.location_by_code(code) for code in each.exclude]
        pickup = network.location_by_code(each.pickup_location or "")
        groups.append(
            Group(
                order_id=new_id(),
                group_no=number + 1,
                channel_code=channel.code,
                places=network.groups.get(channel.location_group_id, ()),
                method_code=method.code,
                method_kind=method.kind,
                country=each.country,
                placed_at=clock.now(),
                demands=tuple(demands),
                point=point,
                ship_by=each.ship_by,
                deliver_by=each.deliver_by,
                pickup_location_id=pickup.location_id if pickup else None,
                excluded=frozenset(place.location_id for place in named if place is not None),
            )
        )
    return groups


def _unknown(pointer: str, what: str, code: str) -> NoReturn:
    detail = f"There is no {what} {code}."
    fault = FieldError(pointer, "unknown", detail)
    raise Problem(422, "request_invalid", "Request invalid", detail, [fault])


@get(
    "/v1/orders/{order_id}/routing-decisions",
    permission="routing:read",
    summary="See why an order was routed as it was",
    tags=["routing"],
    refuses=[Refusal.ORDER_NOT_FOUND],
)
async def read_routing_decisions(db: Database, access: Access, order_id: UUID) -> OrderDecisions:
    """Return every decision with its candidates, scores and reasons, in words too.

    A location that is on no list of candidates is not in the location group of the channel; or the
    group has more than fifty and this one has nothing of it: `without` in the facts counts those.
    """
    async with db.reading() as tx:
        found = await reads.read_decisions(tx, order_id)
    if found is None or not access.sees_channel(found.channel_id):
        not_found("order")
    return found


class RouteAgainBody(Struct, forbid_unknown_fields=True):
    """Whether locations that turned the order down may be asked again."""

    forget_exclusions: bool = False

    __examples__ = ({"forget_exclusions": True},)


class RouteAgainView(Struct, frozen=True):
    """The order's waiting groups are due now."""

    order_id: UUID


@post(
    "/v1/orders/{order_id}/route",
    permission="routing:write",
    summary="Route an order at once",
    tags=["routing"],
    keyed=False,
)
async def route_order(
    db: Database, clock: Clock, order_id: UUID, data: RouteAgainBody
) -> RouteAgainView:
    """Let what waits of an order be routed at once instead of at its next try."""

    async def make_due(tx: Tx) -> None:
        if data.forget_exclusions:
            await forget_exclusions(tx, order_id)
        await orders.make_due(tx, [order_id], clock.now())

    async with db.reading() as tx:
        if await reads.read_decisions(tx, order_id) is None:
            not_found("order")
    await db.run(make_due)
    return RouteAgainView(order_id)


@get(
    "/v1/routing/settings",
    permission="routing:read",
    summary="Get the routing settings",
    tags=["routing"],
    scoped=True,
)
async def get_routing_settings(db: Database) -> Answer[RoutingSettings]:
    """Return the rules that routing goes by."""
    async with db.reading() as tx:
        found = await reads.get_routing_settings(tx)
    return Answer(found, version=found.version)


@put(
    "/v1/routing/settings",
    permission="routing:write",
    summary="Change the routing settings",
    tags=["routing"],
)
async def put_routing_settings(
    db: Database, clock: Clock, actor: Actor, if_match: int | None, data: RoutingSettings
) -> Answer[RoutingSettings]:
    """Save new rules as the next version; `version` in the body is not heeded, If-Match is."""

    async def save(tx: Tx) -> RoutingSettings:
        before = await reads.get_routing_settings(tx)
        check_version(if_match, before.version)
        saved = await save_routing_settings(
            tx, data, read_version=before.version, by=str(actor), now=clock.now()
        )
        if saved is None:
            detail = "Somebody else changed the settings at the same time."
            refuse(Refused(Refusal.ROUTING_SETTINGS_CHANGED, detail), status=412)
        await identity.audit(
            tx,
            actor,
            "routing.settings_changed",
            subject_kind="setting",
            subject_id="routing",
            before=msgspec.to_builtins(before),
            after=msgspec.to_builtins(saved),
            now=clock.now(),
        )
        return saved

    saved = await db.run(save)
    return Answer(saved, version=saved.version)


ROUTES = [
    try_routing,
    read_routing_decisions,
    route_order,
    get_routing_settings,
    put_routing_settings,
]
