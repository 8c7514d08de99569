"""How fulfillment orders are seen, pick lists made, and tracking events taken in."""

import html
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from argosy.catalogue import door as catalogue
from argosy.fulfillment import reads
from argosy.fulfillment.commands import pick_lists
from argosy.fulfillment.commands.track import record_tracking
from argosy.fulfillment.model import Refusal
from argosy.fulfillment.model.tracking import TrackingReport, TrackingStatus
from argosy.fulfillment.reads import FulfillmentOrderDetail, FulfillmentOrderRow, PickList
from argosy.identity import Access, Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    Answer,
    Batch,
    BatchOutcome,
    Limit,
    Moment,
    Outcomes,
    Page,
    ProblemNote,
    decode_cursor,
    get,
    not_found,
    note_of,
    page_of,
    post,
    refuse,
)
from argosy.kernel.refusals import Refused

_Code = Annotated[str, Meta(min_length=1, max_length=100)]
_Codes = Annotated[list[_Code], Meta(max_length=500)]
_State = Literal[
    "open",
    "accepted",
    "picked",
    "packed",
    "shipped",
    "ready_for_pickup",
    "fulfilled",
    "rejected",
    "canceled",
]
_Kind = Literal["ship", "pickup", "digital", "drop_ship"]


@get(
    "/v1/fulfillment-orders",
    permission="fulfillment:read",
    summary="List fulfillment orders",
)
async def list_fulfillment_orders(
    db: Database,
    access: Access,
    *,
    after: After = None,
    limit: Limit = 50,
    location: _Codes = [],  # noqa: B006
    status: list[_State] = [],  # noqa: B006
    kind: list[_Kind] = [],  # noqa: B006
    order_id: UUID | None = None,
    due_before: Moment | None = None,
) -> Page[FulfillmentOrderRow]:
    """List work, oldest first, of some locations (by code), in some states."""
    cursor = None if after is None else decode_cursor(after, tuple[UUID])[0]
    async with db.reading() as tx:
        location_ids = access.location_ids
        if location:
            network = await catalogue.network(tx)
            known = [network.location_by_code(code) for code in location]
            named = frozenset(each.location_id for each in known if each is not None)
            location_ids = named if location_ids is None else named & location_ids
        rows = await reads.list_fulfillment_orders(
            tx,
            reads.ListFilters(
                None if location_ids is None else sorted(location_ids),
                status or None,
                kind or None,
                order_id,
                due_before,
                None if access.channel_ids is None else sorted(access.channel_ids),
            ),
            cursor,
            limit + 1,
        )
    return page_of(rows, limit, lambda row: row.fulfillment_order_id)


@get(
    "/v1/fulfillment-orders/{fulfillment_order_id}",
    permission="fulfillment:read",
    summary="Get a fulfillment order",
    refuses=[Refusal.FULFILLMENT_ORDER_NOT_FOUND],
)
async def get_fulfillment_order(
    db: Database, access: Access, fulfillment_order_id: UUID
) -> Answer[FulfillmentOrderDetail]:
    """Return one with its lines, packages, shipments and what carriers said."""
    async with db.reading() as tx:
        found = await reads.get_fulfillment_order(tx, fulfillment_order_id)
    if found is None or not (
        access.sees_location(found.location_id) and access.sees_channel(found.channel_id)
    ):
        not_found("fulfillment order")
    return Answer(found, version=found.version)


class PickListBody(Struct, forbid_unknown_fields=True):
    """Where to walk, and for what; without ids for the `most` urgent accepted ones not listed."""

    location: _Code
    fulfillment_order_ids: Annotated[list[UUID], Meta(min_length=1, max_length=2000)] | None = None
    most: Annotated[int, Meta(ge=1, le=2000)] = 100

    __examples__ = ({"location": "LON1", "most": 30},)


class PickListOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """Whether a fulfillment order is on the list."""

    fulfillment_order_id: UUID | None = None


class MadePickList(Struct, frozen=True):
    """A pick list that was made."""

    pick_list: PickList
    outcomes: list[PickListOutcome]


@post(
    "/v1/pick-lists",
    permission="fulfillment:write",
    summary="Make a pick list",
    tags=["fulfillment"],
    status_code=201,
    refuses=[
        Refusal.LOCATION_NOT_FOUND,
        Refusal.NOTHING_TO_DO,
        Refusal.ANOTHER_LOCATION,
        Refusal.ALREADY_ON_A_PICK_LIST,
    ],
)
async def make_pick_list(
    db: Database, clock: Clock, actor: Actor, access: Access, data: PickListBody
) -> MadePickList:
    """Put accepted fulfillment orders of one location on a list, sorted by bin and SKU."""

    async def make(tx: Any) -> MadePickList | Refused:
        location = (await catalogue.network(tx)).location_by_code(data.location)
        if location is None or not access.sees_location(location.location_id):
            return Refused(
                Refusal.LOCATION_NOT_FOUND, f"There is no location {data.location}.", "/location"
            )
        made = await pick_lists.make_pick_list(
            tx,
            location.location_id,
            data.fulfillment_order_ids,
            most=data.most,
            by=str(actor),
            now=clock.now(),
        )
        if isinstance(made, Refused):
            return made
        pick_list = await reads.get_pick_list(tx, made.pick_list_id)
        assert pick_list is not None
        return MadePickList(pick_list, [_listed(*each) for each in enumerate(made.outcomes)])

    done = await db.run(make)
    if isinstance(done, Refused):
        refuse(done, status=404 if done.code == Refusal.LOCATION_NOT_FOUND else 409)
    return done


def _listed(index: int, outcome: UUID | Refused) -> PickListOutcome:
    if isinstance(outcome, Refused):
        return PickListOutcome(index=index, status="refused", problem=note_of(outcome))
    return PickListOutcome(index=index, status="done", fulfillment_order_id=outcome)


async def _find_pick_list(db: Database, access: Access, pick_list_id: UUID) -> PickList:
    async with db.reading() as tx:
        found = await reads.get_pick_list(tx, pick_list_id)
    if found is None or not access.sees_location(found.location_id):
        not_found("pick list")
    return found


@get(
    "/v1/pick-lists/{pick_list_id}",
    permission="fulfillment:read",
    summary="Get a pick list",
    tags=["fulfillment"],
    refuses=[Refusal.PICK_LIST_NOT_FOUND],
)
async def get_pick_list(db: Database, access: Access, pick_list_id: UUID) -> PickList:
    """Return a pick list in the order of the walk."""
    return await _find_pick_list(db, access, pick_list_id)


@get(
    "/v1/pick-lists/{pick_list_id}/print",
    permission="fulfillment:read",
    summary="Print a pick list",
    tags=["fulfillment"],
    refuses=[Refusal.PICK_LIST_NOT_FOUND],
    media_type="text/html",
)
async def print_pick_list(db: Database, access: Access, pick_list_id: UUID) -> Answer[bytes]:
    """Return a pick list as a page to print."""
    found = await _find_pick_list(db, access, pick_list_id)
    return Answer(page_of_pick_list(found).encode(), media_type="text/html")


def page_of_pick_list(found: PickList) -> str:
    """Return the pick list as HTML: plain, so that any browser prints it well."""
    rows = "".join(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>☐</td></tr>".format(
            html.escape(line.bin or ""),
            html.escape(line.sku_code),
            html.escape(line.title),
            line.to_pick,
            html.escape(", ".join(f"{each.number} × {each.wanted}" for each in line.orders)),
        )
        for line in found.lines
    )
    title = f"Pick list {html.escape(found.number)}"
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title></head>"
        f"<body><h1>{title}</h1><p>{found.made_at:%Y-%m-%d %H:%M} UTC</p>"
        "<table border='1' cellpadding='4'><thead><tr><th>Bin</th><th>SKU</th><th>Title</th>"
        f"<th>Pick</th><th>For</th><th></th></tr></thead><tbody>{rows}</tbody></table></body></html>"
    )


class TrackingItem(Struct, forbid_unknown_fields=True):
    """One thing a carrier said; its `event_id` makes it count once."""

    carrier: _Code
    tracking_number: _Code
    event_id: Annotated[str, Meta(min_length=1, max_length=200)]
    status: TrackingStatus
    occurred_at: Moment
    place: Annotated[str, Meta(max_length=500)] | None = None
    message: Annotated[str, Meta(max_length=2000)] | None = None

    __examples__ = (
        {
            "carrier": "dhl",
            "tracking_number": "JD0146",
            "event_id": "e-77",
            "status": "delivered",
            "occurred_at": "2026-01-07T14:03:00Z",
        },
    )


class TrackingOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """Whether a tracking event was new."""

    repeated: bool = False


@post(
    "/v1/tracking-events",
    permission="fulfillment:write",
    summary="Take in tracking events",
    tags=["fulfillment"],
    keyed=False,
)
async def take_tracking_events(
    db: Database, clock: Clock, actor: Actor, data: Batch[TrackingItem]
) -> Outcomes[TrackingOutcome]:
    """Take in what carriers say, in any order, each event once.

    Events of parcels that are not known yet are kept and applied when they are.
    """
    now = clock.now()
    reports: list[TrackingReport] = []
    outcomes: list[TrackingOutcome] = []
    for index, each in enumerate(data.items):
        if each.occurred_at.year < 2000 or each.occurred_at.year > now.year + 1:
            note = ProblemNote("time_impossible", "That is no time of a parcel.", "/occurred_at")
            outcomes.append(TrackingOutcome(index=index, status="refused", problem=note))
            continue
        outcomes.append(TrackingOutcome(index=index, status="done"))
        reports.append(
            TrackingReport(
                each.tracking_number,
                each.carrier,
                each.event_id,
                each.status,
                each.occurred_at,
                each.place,
                each.message,
            )
        )
    new = iter(await db.run(lambda tx: record_tracking(tx, reports, by=str(actor), now=now)))
    for outcome in outcomes:
        if outcome.status == "done":
            outcome.repeated = not next(new)
    return Outcomes(outcomes)


ROUTES = [
    list_fulfillment_orders,
    get_fulfillment_order,
    make_pick_list,
    get_pick_list,
    print_pick_list,
    take_tracking_events,
]
