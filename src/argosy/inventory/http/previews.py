"""What a step on a transfer would lead to: the step is taken, seen, and taken back."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

from argosy.identity import Access, Actor
from argosy.inventory.commands import transfers
from argosy.inventory.http.answering import TAGS, status_of
from argosy.inventory.http.transfers import CANCEL, RECEIVE, SHIP
from argosy.inventory.model.transfers import ReceiveTransfer, ShipTransfer, TransferDone
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database, Tx
from argosy.kernel.http import post, refuse
from argosy.kernel.refusals import Refused


class _TakenBack(Exception):  # noqa: N818  (it names what happens to the step)
    """Ends the transaction of a preview."""


async def _previewed(
    db: Database, step: Callable[[Tx], Awaitable[list[transfers.Outcome]]]
) -> TransferDone:
    """Take a step, see what became of it, and take it back."""
    became: list[transfers.Outcome] = []
    with suppress(_TakenBack):
        async with db.transaction() as tx:
            became += await step(tx)
            raise _TakenBack
    if isinstance(became[0], Refused):
        refuse(became[0], status=status_of(became[0]))
    return became[0]


@post(
    "/v1/inventory/transfers/{transfer_id}/ship/preview",
    permission="inventory:read",
    summary="Preview the shipping of a transfer",
    tags=TAGS,
    keyed=False,
    refuses=SHIP,
)
async def preview_ship_transfer(
    *,
    db: Database,
    clock: Clock,
    actor: Actor,
    access: Access,
    transfer_id: UUID,
    data: ShipTransfer,
) -> TransferDone:
    """Say how the transfer would stand; nothing is changed."""
    rows = [(transfer_id, data)]
    return await _previewed(
        db,
        lambda tx: transfers.ship_transfers(
            tx, rows, reach=access.location_ids, by=str(actor), now=clock.now()
        ),
    )


@post(
    "/v1/inventory/transfers/{transfer_id}/receive/preview",
    permission="inventory:read",
    summary="Preview the receipt of a transfer",
    tags=TAGS,
    keyed=False,
    refuses=RECEIVE,
)
async def preview_receive_transfer(
    *,
    db: Database,
    clock: Clock,
    actor: Actor,
    access: Access,
    transfer_id: UUID,
    data: ReceiveTransfer,
) -> TransferDone:
    """Say how the transfer would stand; nothing is changed."""
    rows = [(transfer_id, data)]
    return await _previewed(
        db,
        lambda tx: transfers.receive_transfers(
            tx, rows, reach=access.location_ids, by=str(actor), now=clock.now()
        ),
    )


@post(
    "/v1/inventory/transfers/{transfer_id}/cancel/preview",
    permission="inventory:read",
    summary="Preview the cancellation of a transfer",
    tags=TAGS,
    keyed=False,
    refuses=CANCEL,
)
async def preview_cancel_transfer(
    db: Database, clock: Clock, actor: Actor, access: Access, transfer_id: UUID
) -> TransferDone:
    """Say how the transfer would stand; nothing is changed."""
    return await _previewed(
        db,
        lambda tx: transfers.cancel_transfers(
            tx, [transfer_id], reach=access.location_ids, by=str(actor), now=clock.now()
        ),
    )


routes = (preview_ship_transfer, preview_receive_transfer, preview_cancel_transfer)
