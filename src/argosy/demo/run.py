"""The demo from start to end: open the business, replay, finish or keep going, sum up."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from argosy.demo.api import Api, DemoFailed
from argosy.demo.goods import Goods, goods_of
from argosy.demo.house import DemoClock, House, open_house
from argosy.demo.live import Trickle, keep_going
from argosy.demo.opening import make_keys, open_catalogue, open_stock
from argosy.demo.plan import Plan, plan_orders, shift_of
from argosy.demo.replay import Replay
from argosy.demo.shelves import fill_shelves
from argosy.demo.source import sample_invoices
from argosy.demo.staff import Staff
from argosy.demo.state import DemoState, get_demo_state, save_demo_state
from argosy.demo.summary import Summary, sample_of, summarize
from argosy.kernel.clock import SystemClock
from argosy.kernel.database import Database
from argosy.kernel.settings import Settings
from argosy.verification import verify_database

FINISHING = timedelta(minutes=15)
"""The sample ends this long before now: the time in which what has begun is finished."""

OPENED_BEFORE = timedelta(hours=3)
"""How long before the first order the business opens and counts its stock."""


class DemoSettings(msgspec.Struct, frozen=True):
    """What the user asked for."""

    listener: socket.socket
    settings: Settings
    folder: Path
    once: bool = False
    orders: int | None = None


class Told(msgspec.Struct):
    """What happens, for whoever shows it: called as it happens."""

    opening: Callable[[str], None]
    ready: Callable[[str, dict[str, str]], None]
    replayed: Callable[[DemoState, Plan], None]
    finishing: Callable[[int], None]
    lived: Callable[[Counter[str]], None]
    summed_up: Callable[[Summary], None]


class Prepared(msgspec.Struct):
    """Everything that follows from the sample and the moment it ends."""

    state: DemoState
    goods: Goods
    plan: Plan
    whole: Plan


async def prepare(db: Database, asked: DemoSettings) -> Prepared:
    """Return where the demo is; raises DemoFailed when the database is somebody else's."""
    async with db.reading() as tx:
        state, has_orders = await get_demo_state(tx)
    if state is None and has_orders:
        raise DemoFailed(
            "the database has orders that are not the demo's: name another folder by "
            "ARGOSY_DATA_DIR, or another database by ARGOSY_DATABASE_URL"
        )
    invoices = sample_invoices()
    if state is None:
        now = SystemClock().now().astimezone(UTC).replace(second=0, microsecond=0)
        ends_at = now - FINISHING
        placed = plan_orders(invoices, goods_of(invoices, now.date()), ends_at, most=asked.orders)
        first = min(each.placed_at for each in invoices) + shift_of(invoices, ends_at)
        state = DemoState(ends_at, len(placed.orders), first - OPENED_BEFORE)
    elif asked.orders not in {None, state.orders}:
        raise DemoFailed(
            f"this demo was begun with {state.orders} orders; add --reset to begin anew"
        )
    goods = goods_of(invoices, state.ends_at.date())
    whole = plan_orders(invoices, goods, state.ends_at)
    plan = plan_orders(invoices, goods, state.ends_at, most=state.orders)
    return Prepared(state, goods, plan, whole)


async def run_demo(url: str, asked: DemoSettings, stop: asyncio.Event, told: Told) -> Summary:
    """Run the demo on a migrated database until it is done, or until `stop`.

    Raises replay.Stopped when it was stopped before the sample was through.
    """
    clock = DemoClock(None)
    async with open_house(url, asked.settings, clock, asked.listener) as house:
        ready = await prepare(house.db, asked)
        keys = await make_keys(house.db, asked.folder, SystemClock().now())
        async with _clients(house.address, keys) as (shop, back_office):
            if ready.state.phase == "opening":
                clock.moment = ready.state.clock
                await _open(house, back_office, ready, told)
            told.ready(house.address, keys)
            clock.moment = None if ready.state.phase == "caught_up" else ready.state.clock
            staff = Staff(back_office)
            replay = Replay(house, shop, staff, ready.plan, ready.state, stop)
            if ready.state.phase != "caught_up":
                await replay.run(lambda state: told.replayed(state, ready.plan))
            if asked.once:
                await replay.finish(told.finishing)
            clock.moment = None
            summary = await sum_up(house.db, ready)
            told.summed_up(summary)
            if asked.once:
                return summary
            await _live(house, shop, back_office, ready, stop, told)
            return await sum_up(house.db, ready)


@contextlib.asynccontextmanager
async def _clients(address: str, keys: dict[str, str]) -> AsyncIterator[tuple[Api, Api]]:
    shop, back_office = Api(address, keys["operator"]), Api(address, keys["warehouse"])
    try:
        yield shop, back_office
    finally:
        await shop.close()
        await back_office.close()


async def _open(house: House, api: Api, ready: Prepared, told: Told) -> None:
    state = ready.state
    told.opening(f"{len(ready.goods.skus):,} SKUs, locations and channels")
    await open_catalogue(house.db, ready.goods, state.clock)
    days = (state.ends_at - state.clock).days + 1
    shelves = fill_shelves(ready.goods, ready.whole.orders, days)
    told.opening(f"stock at {len(shelves.stock)} locations")
    await open_stock(api, shelves, state.clock)
    state.phase = "replaying"
    await house.db.run(lambda tx: save_demo_state(tx, state, house.clock.now()))


async def _live(
    house: House, shop: Api, api: Api, ready: Prepared, stop: asyncio.Event, told: Told
) -> None:
    """Work and sell until `stop`; what is at hand is finished."""
    trickle = Trickle(shop, Staff(api), ready.whole.orders, ready.goods)
    working = asyncio.create_task(house.work())
    try:
        await keep_going(trickle, Staff(api), stop, told.lived)
    finally:
        house.stop()
        await working


async def sum_up(db: Database, ready: Prepared) -> Summary:
    """Return the summary, with what `argosy verify` says of the whole database."""
    now: datetime = SystemClock().now()
    findings = await verify_database(db)
    async with db.reading() as tx:
        summary = await summarize(tx, now)
    summary.sample = sample_of(ready.plan, ready.state)
    summary.verify_findings = len(findings)
    summary.findings = findings[:50]
    return summary
