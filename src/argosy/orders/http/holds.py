"""How orders are held, released and written on."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from argosy.identity import Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    Batch,
    BatchOutcome,
    Outcomes,
    ProblemNote,
    not_found,
    post,
    refuse,
)
from argosy.kernel.refusals import Refused
from argosy.orders import store
from argosy.orders.commands.holds import HoldRefused, hold_orders, release_order_holds
from argosy.orders.http.views import zoned
from argosy.orders.model import Hold, HoldKind, Refusal

_Reason = Annotated[str, Meta(min_length=1, max_length=500)]
_MISSING = frozenset({Refusal.ORDER_NOT_FOUND, Refusal.HOLD_NOT_FOUND})


class PlaceHoldBody(msgspec.Struct, forbid_unknown_fields=True):
    """A hold to be placed; without `expires_at` it stands until somebody releases it."""

    kind: HoldKind
    reason: _Reason
    expires_at: datetime | None = None

    __examples__ = ({"kind": "manual", "reason": "The buyer asked us to wait."},)


class HoldItem(PlaceHoldBody, kw_only=True, forbid_unknown_fields=True):
    """A hold to be placed on one of many orders."""

    order_id: UUID


class ReleaseBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why a hold is released."""

    reason: _Reason

    __examples__ = ({"reason": "The address was confirmed by phone."},)


class ReleaseItem(ReleaseBody, kw_only=True, forbid_unknown_fields=True):
    """A hold of one of many orders to be released."""

    order_id: UUID
    hold_id: UUID


class NoteBody(msgspec.Struct, forbid_unknown_fields=True):
    """A note to be written."""

    text: Annotated[str, Meta(min_length=1, max_length=10_000)]

    __examples__ = ({"text": "Called the buyer; leave it with the neighbour."},)


class HoldMade(msgspec.Struct, frozen=True):
    """A hold that was placed or released."""

    order_id: UUID
    hold_id: UUID


class HoldOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one hold of a batch."""

    order_id: UUID
    hold_id: UUID | None = None


class ReleasePreview(msgspec.Struct, frozen=True):
    """What would come of releasing a hold; nothing was changed."""

    order_id: UUID
    hold_id: UUID
    holds_left: int
    goes_to_routing: bool


class NoteMade(msgspec.Struct, frozen=True):
    """A note that was written."""

    order_id: UUID
    note_id: UUID


def _hold_id(outcome: UUID | HoldRefused) -> UUID:
    if isinstance(outcome, HoldRefused):
        refuse(
            Refused(outcome.code, outcome.detail),
            status=404 if outcome.code in _MISSING else 409,
        )
    return outcome


def _outcome(index: int, order_id: UUID, made: UUID | HoldRefused) -> HoldOutcome:
    if isinstance(made, HoldRefused):
        note = ProblemNote(made.code.value, made.detail)
        return HoldOutcome(index=index, status="refused", order_id=order_id, problem=note)
    return HoldOutcome(index=index, status="done", order_id=order_id, hold_id=made)


@post(
    "/v1/orders/{order_id}/holds",
    permission="orders:write",
    summary="Hold an order",
    status_code=201,
    refuses=[Refusal.ORDER_NOT_FOUND, Refusal.ORDER_IS_CLOSED],
)
async def place_order_hold(
    db: Database, clock: Clock, actor: Actor, order_id: UUID, data: PlaceHoldBody
) -> HoldMade:
    """Stop an order until the hold is released or its time is up."""
    hold = Hold(data.kind, data.reason, expires_at=zoned("expires_at", data.expires_at))
    done = await db.run(
        lambda tx: hold_orders(tx, [(order_id, hold)], by=str(actor), now=clock.now())
    )
    return HoldMade(order_id, _hold_id(done[0]))


@post("/v1/orders/holds/batch", permission="orders:write", summary="Hold orders in a batch")
async def place_order_holds(
    db: Database, clock: Clock, actor: Actor, data: Batch[HoldItem]
) -> Outcomes[HoldOutcome]:
    """Place many holds, one outcome each."""
    holds = [
        (
            each.order_id,
            Hold(each.kind, each.reason, expires_at=zoned("expires_at", each.expires_at)),
        )
        for each in data.items
    ]
    done = await db.run(lambda tx: hold_orders(tx, holds, by=str(actor), now=clock.now()))
    return Outcomes([_outcome(index, holds[index][0], made) for index, made in enumerate(done)])


@post(
    "/v1/orders/{order_id}/holds/{hold_id}/release",
    permission="orders:write",
    summary="Release a hold",
    refuses=[Refusal.ORDER_NOT_FOUND, Refusal.HOLD_NOT_FOUND, Refusal.HOLD_ALREADY_RELEASED],
)
async def release_order_hold(
    db: Database, clock: Clock, actor: Actor, order_id: UUID, hold_id: UUID, data: ReleaseBody
) -> HoldMade:
    """Release a hold; an order without another one is routed at once."""
    asked = [(order_id, hold_id, data.reason)]
    done = await db.run(lambda tx: release_order_holds(tx, asked, by=str(actor), now=clock.now()))
    return HoldMade(order_id, _hold_id(done[0]))


@post(
    "/v1/orders/{order_id}/holds/{hold_id}/release/preview",
    permission="orders:read",
    summary="Preview the release of a hold",
    keyed=False,
    refuses=[Refusal.ORDER_NOT_FOUND, Refusal.HOLD_NOT_FOUND, Refusal.HOLD_ALREADY_RELEASED],
)
async def preview_release(db: Database, order_id: UUID, hold_id: UUID) -> ReleasePreview:
    """Say what would come of releasing a hold; nothing is changed."""
    async with db.reading() as tx:
        rows = await store.find_holds(tx, [order_id])
    if not rows:
        not_found("order")
    active = {row["hold_id"] for row in rows if row["hold_id"] and row["released_at"] is None}
    if hold_id not in active:
        if any(row["hold_id"] == hold_id for row in rows):
            detail = "Somebody has released this hold already."
            refuse(Refused(Refusal.HOLD_ALREADY_RELEASED, detail))
        not_found("hold")
    left = len(active) - 1
    return ReleasePreview(order_id, hold_id, left, left == 0)


@post(
    "/v1/orders/holds/release/batch",
    permission="orders:write",
    summary="Release holds in a batch",
)
async def release_order_holds_batch(
    db: Database, clock: Clock, actor: Actor, data: Batch[ReleaseItem]
) -> Outcomes[HoldOutcome]:
    """Release many holds, one outcome each."""
    asked = [(each.order_id, each.hold_id, each.reason) for each in data.items]
    done = await db.run(lambda tx: release_order_holds(tx, asked, by=str(actor), now=clock.now()))
    return Outcomes([_outcome(index, asked[index][0], made) for index, made in enumerate(done)])


@post(
    "/v1/orders/{order_id}/notes",
    permission="orders:write",
    summary="Write a note on an order",
    status_code=201,
    refuses=[Refusal.ORDER_NOT_FOUND],
)
async def add_order_note(
    db: Database, clock: Clock, actor: Actor, order_id: UUID, data: NoteBody
) -> NoteMade:
    """Write a note; it stands on the timeline."""
    ids = await db.run(
        lambda tx: store.add_notes(tx, [(order_id, data.text)], by=str(actor), now=clock.now())
    )
    if ids[0] is None:
        not_found("order")
    return NoteMade(order_id, ids[0])


ROUTES = (
    place_order_hold,
    place_order_holds,
    release_order_hold,
    preview_release,
    release_order_holds_batch,
    add_order_note,
)
