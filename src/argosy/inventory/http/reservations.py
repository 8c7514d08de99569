"""Reservations of carts: stock set aside for a while, for a buyer who has not ordered yet."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from argosy.identity import Access, Actor
from argosy.inventory import reads
from argosy.inventory.commands import carts
from argosy.inventory.http.answering import outcomes, status_of
from argosy.inventory.model import Refusal
from argosy.inventory.model.carts import Cart, ExtendCart, ReserveCart
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import Batch, BatchOutcome, Outcomes, get, not_found, post, refuse
from argosy.kernel.refusals import Refused

_TAGS = ("reservations",)
_RESERVE = (
    Refusal.CHANNEL_UNKNOWN,
    Refusal.METHOD_UNKNOWN,
    Refusal.LOCATION_UNKNOWN,
    Refusal.SKU_UNKNOWN,
    Refusal.SKU_NOT_STOCKED,
    Refusal.OUT_OF_STOCK,
)


class ReservationOutcome(BatchOutcome, kw_only=True, omit_defaults=True):
    """What became of one cart."""

    reservation: Cart | None = None


class Extended(Struct, frozen=True):
    """Until when the cart keeps what it holds."""

    reservation_id: UUID
    expires_at: datetime


class Released(Struct, frozen=True):
    """What the cart held is free again."""

    reservation_id: UUID


@post(
    "/v1/reservations",
    permission="reservations:write",
    summary="Reserve stock for a cart",
    tags=_TAGS,
    status_code=201,
    refuses=_RESERVE,
)
async def reserve_cart(
    db: Database, clock: Clock, actor: Actor, access: Access, data: ReserveCart
) -> Cart:
    """Set aside all that a cart asks for, or nothing; it comes free again when its time is up.

    An order that names the `reservation_id` takes it over.
    """
    [became] = await carts.reserve_carts(
        db, [data], channels=access.channel_ids, by=str(actor), now=clock.now()
    )
    if isinstance(became, Refused):
        refuse(became, status=status_of(became))
    return became


@post(
    "/v1/reservations/batch",
    permission="reservations:write",
    summary="Reserve stock for carts",
    tags=_TAGS,
    refuses=_RESERVE,
)
async def reserve_carts(
    db: Database, clock: Clock, actor: Actor, access: Access, data: Batch[ReserveCart]
) -> Outcomes[ReservationOutcome]:
    """Set aside what up to 2,000 carts ask for, one outcome each."""
    became = await carts.reserve_carts(
        db, data.items, channels=access.channel_ids, by=str(actor), now=clock.now()
    )
    return Outcomes(outcomes(ReservationOutcome, became, "reservation"))


@get(
    "/v1/reservations/{reservation_id}",
    permission="reservations:write",
    summary="Get a reservation",
    tags=_TAGS,
)
async def get_reservation(db: Database, clock: Clock, access: Access, reservation_id: UUID) -> Cart:
    """Return what a cart holds and until when."""
    return await _visible(db, clock, access, reservation_id)


async def _visible(db: Database, clock: Clock, access: Access, reservation_id: UUID) -> Cart:
    async with db.reading() as tx:
        found = await reads.get_cart(tx, reservation_id, clock.now())
    if found is None or not access.sees_channel(found[0]):
        not_found("reservation")
    return found[1]


@post(
    "/v1/reservations/{reservation_id}/extend",
    permission="reservations:write",
    summary="Extend a reservation",
    tags=_TAGS,
    keyed=False,
    refuses=[Refusal.RESERVATION_UNKNOWN],
)
async def extend_reservation(
    db: Database, clock: Clock, access: Access, reservation_id: UUID, data: ExtendCart
) -> Extended:
    """Let a cart keep what it holds, counted from now."""
    await _visible(db, clock, access, reservation_id)
    asked = [(reservation_id, data.ttl_seconds)]
    [became] = await db.run(lambda tx: carts.extend_carts(tx, asked, now=clock.now()))
    if isinstance(became, Refused):
        refuse(became, status=status_of(became))
    return Extended(reservation_id, became)


@post(
    "/v1/reservations/{reservation_id}/release",
    permission="reservations:write",
    summary="Release a reservation",
    tags=_TAGS,
    refuses=[Refusal.RESERVATION_UNKNOWN],
)
async def release_reservation(
    db: Database, clock: Clock, actor: Actor, access: Access, reservation_id: UUID
) -> Released:
    """Give back what a cart holds."""
    await _visible(db, clock, access, reservation_id)
    [refused] = await db.run(
        lambda tx: carts.release_carts(tx, [reservation_id], by=str(actor), now=clock.now())
    )
    if refused is not None:
        refuse(refused, status=status_of(refused))
    return Released(reservation_id)


routes = (
    reserve_cart,
    reserve_carts,
    get_reservation,
    extend_reservation,
    release_reservation,
)
