"""Routes of the steps on fulfillment orders: each for one, for many, and as a preview.

All are made from one table, so that every step has the same three forms and none is forgotten.
"""

import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from argosy.fulfillment.commands.steps import (
    Asked,
    Outcome,
    StepDone,
    accept,
    at_version,
    make_ready,
    take_steps,
    undo,
)
from argosy.fulfillment.http import bodies
from argosy.fulfillment.model import Refusal
from argosy.identity import Access, Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    Answer,
    Batch,
    BatchOutcome,
    Outcomes,
    Route,
    note_of,
    post,
    refuse,
)
from argosy.kernel.refusals import Refused

_STATUS = {
    Refusal.FULFILLMENT_ORDER_NOT_FOUND: 404,
    Refusal.FULFILLMENT_ORDER_CHANGED: 412,
    Refusal.UNKNOWN_LINE: 422,
    Refusal.LINE_NAMED_TWICE: 422,
    Refusal.QUANTITY_NOT_POSITIVE: 422,
}
_ALWAYS = (
    Refusal.FULFILLMENT_ORDER_NOT_FOUND,
    Refusal.FULFILLMENT_ORDER_CHANGED,
    Refusal.WRONG_STATE,
    Refusal.WRONG_KIND,
)
_HELD = (Refusal.ORDER_ON_HOLD, Refusal.ORDER_NOT_OPEN)
_LINES = (Refusal.UNKNOWN_LINE, Refusal.LINE_NAMED_TWICE, Refusal.NOTHING_TO_DO)


class StepOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one fulfillment order of a batch."""

    fulfillment_order_id: UUID
    done: StepDone | None = None


class Offered(Struct, frozen=True):
    """A step as it is offered: its path, what it carries, and what it may be refused for."""

    verb: str
    summary: str
    body: type[Any] | None
    ask: Callable[[UUID, Any], Asked]
    refuses: tuple[Refusal, ...]


def _carried(key: UUID, body: Any) -> Asked:
    asked: Asked = body.asked(key)
    return asked


OFFERED = (
    Offered("accept", "Accept", None, lambda key, _: accept(key), _HELD),
    Offered("hand-over", "Hand over to the vendor", bodies.HandOverBody, _carried, _HELD),
    Offered(
        "reject",
        "Reject",
        bodies.RejectBody,
        _carried,
        (*_LINES, Refusal.MORE_THAN_ORDERED),
    ),
    Offered(
        "pick", "Pick", bodies.PickBody, _carried, (*_HELD, *_LINES, Refusal.MORE_THAN_ORDERED)
    ),
    Offered("pack", "Pack", bodies.PackBody, _carried, (*_HELD, *_LINES, Refusal.MORE_THAN_PICKED)),
    Offered(
        "ship",
        "Ship",
        bodies.ShipBody,
        _carried,
        (*_HELD, Refusal.NOTHING_TO_DO, Refusal.MORE_THAN_PACKED),
    ),
    Offered(
        "complete",
        "Accept, pick, pack and ship in one step",
        bodies.CompleteBody,
        _carried,
        (*_HELD, *_LINES, Refusal.MORE_THAN_ORDERED),
    ),
    Offered(
        "collect",
        "Hand over to the buyer",
        bodies.CollectBody,
        _carried,
        (*_HELD, Refusal.WRONG_PICKUP_CODE, Refusal.TOO_MANY_PICKUP_ATTEMPTS),
    ),
    Offered(
        "deliver",
        "Mark delivered by hand",
        bodies.DeliverBody,
        _carried,
        (Refusal.NOTHING_TO_DO,),
    ),
    Offered("cancel", "Call off", bodies.CancelBody, _carried, (Refusal.NOTHING_TO_DO,)),
    Offered("unaccept", "Take back accept", None, lambda key, _: undo(key, "unaccept"), ()),
    Offered(
        "unpick",
        "Take back pick",
        None,
        lambda key, _: undo(key, "unpick"),
        (Refusal.NOTHING_TO_DO,),
    ),
    Offered(
        "unpack",
        "Take back pack",
        None,
        lambda key, _: undo(key, "unpack"),
        (Refusal.NOTHING_TO_DO,),
    ),
    Offered("unready", "Take back ready for pickup", None, lambda key, _: undo(key, "unready"), ()),
    Offered(
        "unship",
        "Take back a shipment",
        bodies.UnshipBody,
        _carried,
        (Refusal.SHIPMENT_NOT_FOUND, Refusal.CARRIER_HAS_IT, Refusal.ALREADY_DELIVERED),
    ),
)


def step_done(outcome: Outcome) -> Answer[StepDone]:
    """Return the answer for one step; raises the problem when it was refused."""
    if isinstance(outcome, Refused):
        refuse(outcome, status=_STATUS.get(Refusal(outcome.code), 409))
    return Answer(outcome, version=outcome.version or None)


def step_outcome(index: int, key: UUID, outcome: Outcome) -> StepOutcome:
    """Return what a batch says of one of its items."""
    if isinstance(outcome, Refused):
        return StepOutcome(
            index=index, status="refused", fulfillment_order_id=key, problem=note_of(outcome)
        )
    return StepOutcome(index=index, status="done", fulfillment_order_id=key, done=outcome)


async def _take(
    db: Database, clock: Clock, actor: Actor, access: Access, asked: list[Asked]
) -> list[Outcome]:
    return await db.run(
        lambda tx: take_steps(
            tx,
            asked,
            by=str(actor),
            now=clock.now(),
            packages=True,
            locations=access.location_ids,
            channels=access.channel_ids,
        )
    )


async def _look(
    db: Database, clock: Clock, actor: Actor, access: Access, asked: Asked
) -> Answer[StepDone]:
    async with db.reading() as tx:
        outcomes = await take_steps(
            tx,
            [asked],
            by=str(actor),
            now=clock.now(),
            packages=True,
            locations=access.location_ids,
            channels=access.channel_ids,
            preview=True,
        )
    return step_done(outcomes[0])


def _bare(step: Offered) -> tuple[Any, Any]:
    """Return the handlers of a step that carries nothing."""

    async def one(
        db: Database,
        clock: Clock,
        actor: Actor,
        access: Access,
        *,
        if_match: int | None,
        fulfillment_order_id: UUID,
    ) -> Answer[StepDone]:
        asked = at_version(step.ask(fulfillment_order_id, None), if_match)
        return step_done((await _take(db, clock, actor, access, [asked]))[0])

    async def preview(
        db: Database, clock: Clock, actor: Actor, access: Access, fulfillment_order_id: UUID
    ) -> Answer[StepDone]:
        return await _look(db, clock, actor, access, step.ask(fulfillment_order_id, None))

    return one, preview


def _with_body(step: Offered) -> tuple[Any, Any]:
    """Return the handlers of a step that carries a body."""

    async def one(
        db: Database,
        clock: Clock,
        actor: Actor,
        access: Access,
        *,
        if_match: int | None,
        fulfillment_order_id: UUID,
        data: Any,
    ) -> Answer[StepDone]:
        asked = at_version(step.ask(fulfillment_order_id, data), if_match)
        return step_done((await _take(db, clock, actor, access, [asked]))[0])

    async def preview(
        db: Database,
        clock: Clock,
        actor: Actor,
        access: Access,
        *,
        fulfillment_order_id: UUID,
        data: Any,
    ) -> Answer[StepDone]:
        return await _look(db, clock, actor, access, step.ask(fulfillment_order_id, data))

    one.__annotations__["data"] = preview.__annotations__["data"] = step.body
    return one, preview


def _many(step: Offered, name: str) -> Any:
    async def many(
        db: Database, clock: Clock, actor: Actor, access: Access, data: Any
    ) -> Outcomes[StepOutcome]:
        asked = [step.ask(item.fulfillment_order_id, item) for item in data.items]
        outcomes = await _take(db, clock, actor, access, asked)
        return Outcomes(
            [
                step_outcome(index, asked[index][0], outcome)
                for index, outcome in enumerate(outcomes)
            ]
        )

    batch: Any = Batch
    many.__annotations__["data"] = batch[_item(name, step.body)]
    return many


def _routes_of(step: Offered) -> tuple[Route, Route, Route]:
    name = step.verb.replace("-", "_")
    one, preview = _bare(step) if step.body is None else _with_body(step)
    many = _many(step, name)
    for handler, called, doc in (
        (one, f"{name}_fulfillment_order", f"{step.summary}."),
        (
            preview,
            f"preview_{name}_fulfillment_order",
            f"{step.summary}, as it would be now; nothing is changed.",
        ),
        (
            many,
            f"{name}_fulfillment_orders",
            f"{step.summary}: many at once, one outcome each; a bad one fails no other.",
        ),
    ):
        handler.__name__ = handler.__qualname__ = called
        handler.__doc__ = doc
    path = "/v1/fulfillment-orders/{fulfillment_order_id}/" + step.verb
    refuses = (*_ALWAYS, *step.refuses)
    write, tags = "fulfillment:write", ["fulfillment"]
    return (
        post(path, permission=write, summary=step.summary, tags=tags, refuses=refuses)(one),
        post(
            f"{path}/preview",
            permission="fulfillment:read",
            summary=f"{step.summary}: preview",
            tags=tags,
            refuses=refuses,
            keyed=False,
        )(preview),
        post(
            f"/v1/fulfillment-orders/{step.verb}/batch",
            permission=write,
            summary=f"{step.summary}: many",
            tags=tags,
            refuses=(*refuses, Refusal.NAMED_TWICE),
        )(many),
    )


def _item(name: str, body: type[Any] | None) -> type[Struct]:
    """Return the struct of one item of a batch: the body and the fulfillment order it is for."""
    return msgspec.defstruct(
        "".join(part.title() for part in name.split("_")) + "Item",
        [("fulfillment_order_id", UUID)],
        bases=(body,) if body is not None else None,
        namespace={"__doc__": "One fulfillment order of a batch.", "__examples__": ()},
        kw_only=True,
        forbid_unknown_fields=True,
    )


class ReadyItem(Struct, forbid_unknown_fields=True):
    """One fulfillment order of a batch."""

    fulfillment_order_id: UUID


def _new_code() -> str:
    """Return six random digits; guessing is stopped after ten wrong ones."""
    return f"{secrets.randbelow(1_000_000):06}"


async def _make_ready(
    db: Database, clock: Clock, actor: Actor, access: Access, keys: list[UUID]
) -> list[Outcome]:
    codes = [_new_code() for _ in keys]
    asked = [make_ready(key, code) for key, code in zip(keys, codes, strict=True)]
    outcomes = await _take(db, clock, actor, access, asked)
    return [
        each if isinstance(each, Refused) else msgspec.structs.replace(each, pickup_code=code)
        for each, code in zip(outcomes, codes, strict=True)
    ]


@post(
    "/v1/fulfillment-orders/{fulfillment_order_id}/ready",
    permission="fulfillment:write",
    summary="Make ready for pickup",
    tags=["fulfillment"],
    refuses=(*_ALWAYS, *_HELD),
)
async def ready_fulfillment_order(
    db: Database, clock: Clock, actor: Actor, access: Access, fulfillment_order_id: UUID
) -> Answer[StepDone]:
    """Let the goods wait for their buyer; the pickup code is told in this answer only."""
    outcomes = await _make_ready(db, clock, actor, access, [fulfillment_order_id])
    return step_done(outcomes[0])


@post(
    "/v1/fulfillment-orders/{fulfillment_order_id}/ready/preview",
    permission="fulfillment:read",
    summary="Make ready for pickup: preview",
    tags=["fulfillment"],
    refuses=(*_ALWAYS, *_HELD),
    keyed=False,
)
async def preview_ready_fulfillment_order(
    db: Database, clock: Clock, actor: Actor, access: Access, fulfillment_order_id: UUID
) -> Answer[StepDone]:
    """Make ready for pickup, as it would be now; nothing is changed and no code is made."""
    return await _look(db, clock, actor, access, make_ready(fulfillment_order_id, ""))


@post(
    "/v1/fulfillment-orders/ready/batch",
    permission="fulfillment:write",
    summary="Make ready for pickup: many",
    tags=["fulfillment"],
    refuses=(*_ALWAYS, *_HELD, Refusal.NAMED_TWICE),
)
async def ready_fulfillment_orders(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[ReadyItem]
) -> Outcomes[StepOutcome]:
    """Let the goods of many wait for their buyers, each with a code of its own."""
    keys = [item.fulfillment_order_id for item in data.items]
    outcomes = await _make_ready(db, clock, actor, access, keys)
    return Outcomes([step_outcome(index, keys[index], each) for index, each in enumerate(outcomes)])


ROUTES: list[Route] = [
    *(route for step in OFFERED for route in _routes_of(step)),
    ready_fulfillment_order,
    preview_ready_fulfillment_order,
    ready_fulfillment_orders,
]
