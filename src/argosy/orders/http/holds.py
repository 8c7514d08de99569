"""How orders are held and released."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from argosy.identity import Access, Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database, Tx
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
from argosy.orders import reads, store
from argosy.orders.commands.holds import HoldRefused, hold_orders, release_order_holds
from argosy.orders.http.views import zoned
from argosy.orders.model import Hold, HoldKind, Refusal

_Reason = Annotated[str, Meta(min_length=1, max_length=500)]
_UNSEEN = HoldRefused(Refusal.ORDER_NOT_FOUND, "There is no such order.")
_MISSING = frozenset({Refusal.ORDER_NOT_FOUND, Refusal.HOLD_NOT_FOUND})


class PlaceHoldBody(msgspec.Struct, forbid_unknown_fields=True):
    """A hold to be placed; without `expires_at` it stands until somebody releases it.

    With a `group_no` it stops that delivery group alone.
    """

    kind: HoldKind
    reason: _Reason
    expires_at: datetime | None = None
    group_no: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None

    def as_hold(self) -> Hold:
        """Return the hold to be placed; raises a 400 problem for a time without a zone."""
        expires_at = zoned("expires_at", self.expires_at)
        return Hold(self.kind, self.reason, group_no=self.group_no, expires_at=expires_at)

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


async def _hold(
    db: Database, clock: Clock, actor: Actor, access: Access, holds: Sequence[tuple[UUID, Hold]]
) -> list[UUID | HoldRefused]:
    """Place the holds on orders in reach; the others are not there for whoever asks."""

    async def hold(tx: Tx) -> list[UUID | HoldRefused]:
        seen = await _seen(tx, access, [order_id for order_id, _ in holds])
        within = [each for each in holds if each[0] in seen]
        done = iter(await hold_orders(tx, within, by=str(actor), now=clock.now()))
        return [next(done) if order_id in seen else _UNSEEN for order_id, _ in holds]

    return await db.run(hold)


async def _release(
    db: Database,
    clock: Clock,
    actor: Actor,
    access: Access,
    asked: Sequence[tuple[UUID, UUID, str]],
) -> list[UUID | HoldRefused]:
    """Release the holds of orders in reach; the others are not there for whoever asks."""

    async def release(tx: Tx) -> list[UUID | HoldRefused]:
        seen = await _seen(tx, access, [order_id for order_id, _, _ in asked])
        within = [each for each in asked if each[0] in seen]
        done = iter(await release_order_holds(tx, within, by=str(actor), now=clock.now()))
        return [next(done) if order_id in seen else _UNSEEN for order_id, _, _ in asked]

    return await db.run(release)


async def _seen(tx: Tx, access: Access, order_ids: Sequence[UUID]) -> set[UUID]:
    """Return the orders in reach; what does not exist is left to the command to say."""
    if access.channel_ids is None:
        return set(order_ids)
    return await reads.orders_in_reach(tx, order_ids, access.channel_ids)


@post(
    "/v1/orders/{order_id}/holds",
    permission="orders:write",
    summary="Hold an order",
    status_code=201,
    refuses=[Refusal.ORDER_NOT_FOUND, Refusal.ORDER_IS_CLOSED, Refusal.DELIVERY_GROUP_UNKNOWN],
)
async def place_order_hold(
    db: Database,
    clock: Clock,
    actor: Actor,
    access: Access,
    order_id: UUID,
    data: PlaceHoldBody,
) -> HoldMade:
    """Stop an order, or one delivery group, until the hold is released or its time is up."""
    done = await _hold(db, clock, actor, access, [(order_id, data.as_hold())])
    return HoldMade(order_id, _hold_id(done[0]))


@post(
    "/v1/orders/holds/batch",
    permission="orders:write",
    summary="Hold orders in a batch",
)
async def place_order_holds(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[HoldItem]
) -> Outcomes[HoldOutcome]:
    """Place many holds, one outcome each."""
    holds = [(each.order_id, each.as_hold()) for each in data.items]
    done = await _hold(db, clock, actor, access, holds)
    return Outcomes([_outcome(index, holds[index][0], made) for index, made in enumerate(done)])


@post(
    "/v1/orders/{order_id}/holds/{hold_id}/release",
    permission="orders:write",
    summary="Release a hold",
    refuses=[Refusal.ORDER_NOT_FOUND, Refusal.HOLD_NOT_FOUND, Refusal.HOLD_ALREADY_RELEASED],
)
async def release_order_hold(
    db: Database,
    clock: Clock,
    actor: Actor,
    access: Access,
    order_id: UUID,
    hold_id: UUID,
    data: ReleaseBody,
) -> HoldMade:
    """Release a hold; an order without another one is routed at once."""
    done = await _release(db, clock, actor, access, [(order_id, hold_id, data.reason)])
    return HoldMade(order_id, _hold_id(done[0]))


@post(
    "/v1/orders/{order_id}/holds/{hold_id}/release/preview",
    permission="orders:read",
    summary="Preview the release of a hold",
    keyed=False,
    refuses=[Refusal.ORDER_NOT_FOUND, Refusal.HOLD_NOT_FOUND, Refusal.HOLD_ALREADY_RELEASED],
)
async def preview_release(
    db: Database, access: Access, order_id: UUID, hold_id: UUID
) -> ReleasePreview:
    """Say what would come of releasing a hold; nothing is changed."""
    async with db.reading() as tx:
        seen = await reads.orders_in_reach(tx, [order_id], access.channel_ids)
        rows = await store.find_holds(tx, list(seen))
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
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[ReleaseItem]
) -> Outcomes[HoldOutcome]:
    """Release many holds, one outcome each."""
    asked = [(each.order_id, each.hold_id, each.reason) for each in data.items]
    done = await _release(db, clock, actor, access, asked)
    return Outcomes([_outcome(index, asked[index][0], made) for index, made in enumerate(done)])


ROUTES = (
    place_order_hold,
    place_order_holds,
    release_order_hold,
    preview_release,
    release_order_holds_batch,
)
