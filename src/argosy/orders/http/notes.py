"""What people write on orders: notes and tags."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from argosy.identity import Access, Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database, Tx
from argosy.kernel.http import Answer, not_found, post, put, refuse
from argosy.kernel.refusals import Refused
from argosy.orders import reads, store
from argosy.orders.model import Code, Refusal


class NoteBody(msgspec.Struct, forbid_unknown_fields=True):
    """A note to be written."""

    text: Annotated[str, Meta(min_length=1, max_length=10_000)]

    __examples__ = ({"text": "Called the buyer; leave it with the neighbour."},)


class NoteMade(msgspec.Struct, frozen=True):
    """A note that was written."""

    order_id: UUID
    note_id: UUID


class TagsBody(msgspec.Struct, forbid_unknown_fields=True):
    """The tags that an order is to have, all of them."""

    tags: Annotated[list[Code], Meta(max_length=100)]

    __examples__ = ({"tags": ["vip", "gift"]},)


class TagsSet(msgspec.Struct, frozen=True):
    """The tags that an order has now, and its version."""

    order_id: UUID
    tags: list[str]
    version: int


@post(
    "/v1/orders/{order_id}/notes",
    permission="orders:write",
    summary="Write a note on an order",
    status_code=201,
    refuses=[Refusal.ORDER_NOT_FOUND],
)
async def add_order_note(
    db: Database, clock: Clock, actor: Actor, access: Access, order_id: UUID, data: NoteBody
) -> NoteMade:
    """Write a note; it stands on the timeline."""

    async def write(tx: Tx) -> list[UUID | None]:
        if not await reads.orders_in_reach(tx, [order_id], access.channel_ids):
            return [None]
        notes = [(order_id, data.text)]
        return await store.add_notes(tx, notes, by=str(actor), now=clock.now())

    ids = await db.run(write)
    if ids[0] is None:
        not_found("order")
    return NoteMade(order_id, ids[0])


@put(
    "/v1/orders/{order_id}/tags",
    permission="orders:write",
    summary="Set the tags of an order",
    refuses=[Refusal.ORDER_NOT_FOUND, Refusal.ORDER_CHANGED_MEANWHILE],
)
async def set_order_tags(
    db: Database,
    clock: Clock,
    actor: Actor,
    access: Access,
    if_match: int | None,
    order_id: UUID,
    data: TagsBody,
) -> Answer[TagsSet]:
    """Replace the tags, with If-Match only when the order is still at that version."""
    tags = list(dict.fromkeys(data.tags))

    async def write(tx: Tx) -> tuple[bool, int | None]:
        if not await reads.orders_in_reach(tx, [order_id], access.channel_ids):
            return False, None
        by, now = str(actor), clock.now()
        return True, await store.set_tags(tx, order_id, tags, if_match, by=by, now=now)

    seen, version = await db.run(write)
    if not seen:
        not_found("order")
    if version is None:
        detail = f"The order is no longer at version {if_match}: read it again and decide anew."
        refuse(Refused(Refusal.ORDER_CHANGED_MEANWHILE, detail), status=412)
    return Answer(TagsSet(order_id, tags, version), version=version)


ROUTES = (add_order_note, set_order_tags)
