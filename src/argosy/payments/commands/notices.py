"""What gateways tell by themselves: one idempotent path for webhooks, return pages and look-ups.

A notice of a call of ours settles its movement. One of money that was moved at the gateway without
us, for an authorization we know, becomes a movement. Anything else is kept as a stray payment and
told to a person: money that was taken must never go unnoticed, even when there is no order for it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from argosy.exceptions import NewException, door as exceptions
from argosy.kernel.database import Database, Tx
from argosy.kernel.ids import new_id
from argosy.payments.commands.charge import BY, movement, settle_answers
from argosy.payments.commands.gateways import gateways
from argosy.payments.decide.answers import settled_by
from argosy.payments.decide.notices import observe
from argosy.payments.model import Gateway, MovementState, Notice
from argosy.payments.model.gateway import MANUAL
from argosy.payments.model.money import Movement, Settled, Stray
from argosy.payments.store import ledger, notices as store

WATCH_LAG = timedelta(minutes=2)
"""How far behind now captures are compared, so that none is still being written."""

WATCH_EVERY = timedelta(seconds=30)
FIRST_WATCH = timedelta(days=1)

_PAGE = 500


class Heard(Struct, frozen=True):
    """What notices came to: settled movements, new ones, strays, and those that were no news."""

    settled: int = 0
    observed: int = 0
    strays: int = 0
    known: int = 0


async def take_notices(
    tx: Tx, gateway: str, notices: Sequence[Notice], *, found_by: str, now: datetime
) -> Heard:
    """Take in what a gateway tells, in any order and as often as it likes."""
    if not notices:
        return Heard()
    matches = await store.match_notices(tx, gateway, notices)
    await ledger.lock_money(tx, (m.order_id for m in matches if m.order_id is not None))
    settled: dict[UUID, Settled] = {}
    observed: list[tuple[UUID, int, Notice]] = []
    strays: list[Stray] = []
    known = 0
    for notice, match in zip(notices, matches, strict=True):
        if match.movement_id is not None and match.order_id is not None:
            if match.is_final:
                known += 1
                continue
            settled[match.movement_id] = settled_by(
                match.order_id, match.movement_id, notice.kind, notice.reply, now
            )
        elif notice.reply.state is not MovementState.SUCCEEDED:
            known += 1  # What did not happen to money that is not ours is nothing to us.
        elif match.order_id is not None and match.payment_no is not None:
            observed.append((match.order_id, match.payment_no, notice))
        else:
            strays.append(_stray(gateway, notice, "There is no order for it."))
    told = await settle_answers(tx, list(settled.values()), now) if settled else []
    written = await _observe(tx, gateway, observed, strays, now)
    new = await _keep_strays(tx, strays, found_by, now)
    return Heard(len(told), written, new, known + len(settled) - len(told) + len(strays) - new)


async def _observe(
    tx: Tx,
    gateway: str,
    observed: Sequence[tuple[UUID, int, Notice]],
    strays: list[Stray],
    now: datetime,
) -> int:
    """Write movements that the gateway made without us, as far as the payments have room."""
    if not observed:
        return 0
    every = await ledger.load_money(tx, (order_id for order_id, _, _ in observed))
    movements: list[Movement] = []
    settled: list[Settled] = []
    for order_id, payment_no, notice in observed:
        money = every[order_id]
        room = observe(money, payment_no, notice.kind, movements)
        if notice.currency != money.currency or notice.amount_minor > room:
            why = f"The order has room for {room} {money.currency} only."
            strays.append(_stray(gateway, notice, why))
            continue
        new = movement(money, notice.kind, (payment_no, notice.amount_minor), "gateway")
        movements.append(new)
        settled.append(settled_by(order_id, new.movement_id, notice.kind, notice.reply, now))
    await ledger.ask_movements(tx, [(each, False) for each in movements], now)
    await settle_answers(tx, settled, now)
    return len(movements)


def _stray(gateway: str, notice: Notice, reason: str) -> Stray:
    return Stray(
        new_id(),
        gateway,
        notice.reference,
        notice.authorization_reference,
        notice.kind.value,
        notice.amount_minor,
        notice.currency,
        notice.hint,
        reason,
    )


async def _keep_strays(tx: Tx, strays: Sequence[Stray], found_by: str, now: datetime) -> int:
    """Keep strays that are new and tell a person of each; return how many were new."""
    if not strays:
        return 0
    new = await store.keep_strays(tx, strays, found_by, now)
    await exceptions.open_exceptions(
        tx,
        [
            NewException(
                category="payment",
                subject_kind="stray_payment",
                subject_id=each.stray_id,
                order_id=None,
                message=(
                    f"{each.gateway} moved {each.amount_minor} {each.currency} (minor units, "
                    f"{each.kind} {each.reference}) that fits no payment. {each.reason}"
                ),
                facts={
                    "gateway": each.gateway,
                    "reference": each.reference,
                    "authorization_reference": each.authorization_reference,
                    "hint": each.hint,
                },
            )
            for each in strays
            if (each.gateway, each.reference, each.kind) in new
        ],
        now,
    )
    return len(new)


async def watch_gateways(db: Database, now: datetime) -> int:
    """Compare what gateways captured with what we know of, since the last time; return strays.

    This finds money that was taken although the buyer's browser never came back and no webhook
    arrived. A gateway that fails keeps no other from being compared; the first failure is raised
    at the end.
    """
    found = 0
    failed: Exception | None = None
    until = now - WATCH_LAG
    async with db.reading() as tx:
        watched = await store.load_watch(tx)
    for name, gateway in gateways(db).items():
        since = watched.get(name, until - FIRST_WATCH)
        if name == MANUAL or until - since < WATCH_EVERY:
            continue
        try:
            found += await _watch(db, name, gateway, since, until, now)
        except Exception as error:  # noqa: BLE001  (whatever it was, it is told after the others)
            failed = failed or error
            continue
        async with db.transaction() as tx:
            await store.finish_watch(tx, name, until)
    if failed is not None:
        raise failed
    return found


async def _watch(
    db: Database, name: str, gateway: Gateway, since: datetime, until: datetime, now: datetime
) -> int:
    found = 0
    after: str | None = None
    while True:
        page = await gateway.list_captures(since, until, after, _PAGE)
        heard = await _take_page(db, name, page, now)
        found += heard.strays + heard.observed + heard.settled
        if len(page) < _PAGE:
            return found
        after = page[-1].reference


async def _take_page(db: Database, gateway: str, page: Sequence[Notice], now: datetime) -> Heard:
    if not page:
        return Heard()
    return await db.run(lambda tx: take_notices(tx, gateway, page, found_by="sweep", now=now))


async def match_strays(db: Database, now: datetime) -> int:
    """Give strays whose order has come since to its payment; return how many."""
    by_gateway: dict[str, list[Stray]] = {}
    async with db.reading() as tx:
        for stray in await store.find_matchable(tx, _PAGE):
            by_gateway.setdefault(stray.gateway, []).append(stray)
    if not by_gateway:
        return 0

    async def match(tx: Tx) -> int:
        done = 0
        for gateway, strays in by_gateway.items():
            heard = await take_notices(
                tx, gateway, [store.notice_of(each) for each in strays], found_by="sweep", now=now
            )
            done += heard.observed
        matched = await store.mark_matched(tx, now)
        why = "The order has come, and the money is its."
        await exceptions.resolve_about(tx, "stray_payment", matched, why, by=BY, now=now)
        return done

    return await db.run(match)
