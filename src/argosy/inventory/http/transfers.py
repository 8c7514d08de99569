"""Stock that moves between locations: each step for one transfer, or for many."""

from uuid import UUID

from msgspec import Struct

from argosy.identity import Access, Actor
from argosy.inventory import reads
from argosy.inventory.commands import transfers
from argosy.inventory.http.answering import TAGS, Codes, locations_named, outcomes, status_of
from argosy.inventory.model import Refusal
from argosy.inventory.model.transfers import (
    NewTransfer,
    ReceiveTransfer,
    ShipTransfer,
    State,
    Transfer,
    TransferDone,
)
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    Answer,
    Batch,
    BatchOutcome,
    Limit,
    Outcomes,
    Page,
    decode_cursor,
    get,
    not_found,
    page_of,
    post,
    refuse,
)
from argosy.kernel.refusals import Refused

SHIP = (
    Refusal.TRANSFER_UNKNOWN,
    Refusal.TRANSFER_NAMED_TWICE,
    Refusal.TRANSFER_NOT_CREATED,
    Refusal.NOT_ON_TRANSFER,
    Refusal.MORE_THAN_TRANSFERRED,
    Refusal.SKU_UNKNOWN,
    Refusal.DATE_OUT_OF_RANGE,
)
RECEIVE = (
    Refusal.TRANSFER_UNKNOWN,
    Refusal.TRANSFER_NAMED_TWICE,
    Refusal.TRANSFER_NOT_SHIPPED,
    Refusal.NOT_ON_TRANSFER,
    Refusal.MORE_THAN_TRANSFERRED,
    Refusal.SKU_UNKNOWN,
)
CANCEL = (
    Refusal.TRANSFER_UNKNOWN,
    Refusal.TRANSFER_NAMED_TWICE,
    Refusal.TRANSFER_NOT_CREATED,
)


class ShipOne(ShipTransfer, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A transfer of a batch, and what left of it."""

    transfer_id: UUID


class ReceiveOne(ReceiveTransfer, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A transfer of a batch, and what arrived of it."""

    transfer_id: UUID


class CancelOne(Struct, frozen=True, forbid_unknown_fields=True):
    """A transfer of a batch to be called off."""

    transfer_id: UUID


class TransferOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one transfer."""

    transfer: TransferDone | None = None


def _one(became: list[transfers.Outcome]) -> Answer[TransferDone]:
    if isinstance(became[0], Refused):
        refuse(became[0], status=status_of(became[0]))
    return Answer(became[0], version=became[0].version)


def _many(became: list[transfers.Outcome]) -> Outcomes[TransferOutcome]:
    return Outcomes(outcomes(TransferOutcome, became, "transfer"))


@post(
    "/v1/inventory/transfers",
    permission="inventory:write",
    summary="Open transfers",
    tags=TAGS,
    refuses=[
        Refusal.SKU_UNKNOWN,
        Refusal.SKU_NOT_STOCKED,
        Refusal.LOCATION_UNKNOWN,
        Refusal.TRANSFER_TO_ITSELF,
        Refusal.DATE_OUT_OF_RANGE,
        Refusal.OUT_OF_STOCK,
        Refusal.STOCK_TOO_LARGE,
    ],
)
async def create_transfers(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[NewTransfer]
) -> Outcomes[TransferOutcome]:
    """Reserve stock at its location to be moved to another, up to 2,000, one outcome each."""
    became = await db.run(
        lambda tx: transfers.create_transfers(
            tx, data.items, reach=access.location_ids, by=str(actor), now=clock.now()
        )
    )
    return _many(became)


@get(
    "/v1/inventory/transfers",
    permission="inventory:read",
    summary="List transfers",
    tags=TAGS,
)
async def list_transfers(
    db: Database,
    access: Access,
    *,
    after: After = None,
    limit: Limit = 50,
    state: State | None = None,
    location: Codes = [],  # noqa: B006
) -> Page[Transfer]:
    """Return transfers, newest first; by state, or by locations that they leave or go to."""
    before = None if after is None else decode_cursor(after, tuple[UUID])[0]
    async with db.reading() as tx:
        rows = await reads.list_transfers(
            tx,
            state=state,
            location_ids=await locations_named(tx, location, access),
            before=before,
            limit=limit + 1,
        )
    return page_of(rows, limit, lambda row: row.transfer_id)


@get(
    "/v1/inventory/transfers/{transfer_id}",
    permission="inventory:read",
    summary="Get a transfer",
    tags=TAGS,
)
async def get_transfer(db: Database, access: Access, transfer_id: UUID) -> Answer[Transfer]:
    """Return a transfer with its lines: asked, shipped, received, lost and in transit."""
    async with db.reading() as tx:
        rows = await reads.list_transfers(
            tx,
            transfer_ids=[transfer_id],
            location_ids=None if access.location_ids is None else sorted(access.location_ids),
            limit=1,
        )
    if not rows:
        not_found("transfer")
    return Answer(rows[0], version=rows[0].version)


@post(
    "/v1/inventory/transfers/{transfer_id}/ship",
    permission="inventory:write",
    summary="Ship a transfer",
    tags=TAGS,
    refuses=SHIP,
)
async def ship_transfer(
    *,
    db: Database,
    clock: Clock,
    actor: Actor,
    access: Access,
    transfer_id: UUID,
    data: ShipTransfer,
) -> Answer[TransferDone]:
    """Let it leave, whole or what is named; what stays is free again."""
    return _one(await _ship(db, clock, actor, access, [(transfer_id, data)]))


@post(
    "/v1/inventory/transfers/ship",
    permission="inventory:write",
    summary="Ship transfers",
    tags=TAGS,
    refuses=SHIP,
)
async def ship_transfers(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[ShipOne]
) -> Outcomes[TransferOutcome]:
    """Let many leave, one outcome each."""
    rows: list[tuple[UUID, ShipTransfer]] = [(each.transfer_id, each) for each in data.items]
    return _many(await _ship(db, clock, actor, access, rows))


async def _ship(
    db: Database,
    clock: Clock,
    actor: Actor,
    access: Access,
    rows: list[tuple[UUID, ShipTransfer]],
) -> list[transfers.Outcome]:
    return await db.run(
        lambda tx: transfers.ship_transfers(
            tx, rows, reach=access.location_ids, by=str(actor), now=clock.now()
        )
    )


@post(
    "/v1/inventory/transfers/{transfer_id}/receive",
    permission="inventory:write",
    summary="Receive a transfer",
    tags=TAGS,
    refuses=RECEIVE,
)
async def receive_transfer(
    *,
    db: Database,
    clock: Clock,
    actor: Actor,
    access: Access,
    transfer_id: UUID,
    data: ReceiveTransfer,
) -> Answer[TransferDone]:
    """Take it in, whole or in parts; `close` gives up what has not arrived."""
    return _one(await _receive(db, clock, actor, access, [(transfer_id, data)]))


@post(
    "/v1/inventory/transfers/receive",
    permission="inventory:write",
    summary="Receive transfers",
    tags=TAGS,
    refuses=RECEIVE,
)
async def receive_transfers(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[ReceiveOne]
) -> Outcomes[TransferOutcome]:
    """Take many in, one outcome each."""
    rows: list[tuple[UUID, ReceiveTransfer]] = [(each.transfer_id, each) for each in data.items]
    return _many(await _receive(db, clock, actor, access, rows))


async def _receive(
    db: Database,
    clock: Clock,
    actor: Actor,
    access: Access,
    rows: list[tuple[UUID, ReceiveTransfer]],
) -> list[transfers.Outcome]:
    return await db.run(
        lambda tx: transfers.receive_transfers(
            tx, rows, reach=access.location_ids, by=str(actor), now=clock.now()
        )
    )


@post(
    "/v1/inventory/transfers/{transfer_id}/cancel",
    permission="inventory:write",
    summary="Cancel a transfer",
    tags=TAGS,
    refuses=CANCEL,
)
async def cancel_transfer(
    db: Database, clock: Clock, actor: Actor, access: Access, transfer_id: UUID
) -> Answer[TransferDone]:
    """Call it off before it leaves; what it reserved is free again."""
    return _one(await _cancel(db, clock, actor, access, [transfer_id]))


@post(
    "/v1/inventory/transfers/cancel",
    permission="inventory:write",
    summary="Cancel transfers",
    tags=TAGS,
    refuses=CANCEL,
)
async def cancel_transfers(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[CancelOne]
) -> Outcomes[TransferOutcome]:
    """Call many off, one outcome each."""
    ids = [each.transfer_id for each in data.items]
    return _many(await _cancel(db, clock, actor, access, ids))


async def _cancel(
    db: Database, clock: Clock, actor: Actor, access: Access, transfer_ids: list[UUID]
) -> list[transfers.Outcome]:
    return await db.run(
        lambda tx: transfers.cancel_transfers(
            tx, transfer_ids, reach=access.location_ids, by=str(actor), now=clock.now()
        )
    )


routes = (
    create_transfers,
    list_transfers,
    get_transfer,
    ship_transfer,
    ship_transfers,
    receive_transfer,
    receive_transfers,
    cancel_transfer,
    cancel_transfers,
)
