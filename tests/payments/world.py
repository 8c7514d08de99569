"""Orders with money for the tests of payments: placed, shipped and held by events, as others do."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from argosy.exceptions import NewException, door as exceptions
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database, Tx
from argosy.kernel.ids import new_id
from argosy.kernel.jobs import DeadJob, find_due_jobs, run_jobs
from argosy.kernel.readers import advance_reader, open_cursors, sequence_events
from argosy.payments import OrderMoney, PaymentAsk, door, jobs

SQL = Path(__file__).parents[2] / "src" / "argosy" / "payments" / "sql"

OK = "tok_ok"
# A line that was placed: (total, tax, quantity).
Line = tuple[int, int, int]


def card(amount_minor: int, token: str = OK, method: str = "card", **more: Any) -> PaymentAsk:
    """Return a payment at the sandbox by token."""
    return PaymentAsk("sandbox", method, amount_minor, token=token, **more)


async def place(
    db: Database,
    clock: FixedClock,
    *payments: PaymentAsk,
    total_minor: int | None = None,
    lines: Sequence[Line] = (),
    capture_when: str = "shipment",
    holds: Sequence[str] = (),
    currency: str = "GBP",
    order_id: UUID | None = None,
) -> UUID:
    """Place an order: its money by the door, its event as orders would write it."""
    order_id = order_id or new_id()
    total = sum(p.amount_minor for p in payments) if total_minor is None else total_minor
    lines = lines or [(total, 0, 1)]
    async with db.transaction() as tx:
        money = OrderMoney(order_id, currency, total, list(payments), None, capture_when)
        await door.record_at_placement(tx, [money], clock.now())
        body = {
            "order_id": order_id,
            "order_number": "100001",
            "channel": "web",
            "external_id": str(order_id),
            "currency": currency,
            "tax_mode": "gross",
            "placed_at": clock.now(),
            "total_minor": total,
            "buyer_name": "Ada <Buyer>",
            "email": "ada@example.com",
            "bill_to": {"name": "Ada Buyer", "line1": "1 High Street", "country": "GB"},
            "holds": list(holds),
            "lines": [
                {
                    "line_no": number,
                    "group_no": 1,
                    "sku": f"SKU-{number}",
                    "title": f"Thing #{number} <b>",
                    "quantity": quantity,
                    "unit_price": "1.00",
                    "amount_minor": line_total,
                    "tax_minor": tax,
                    "total_minor": line_total,
                }
                for number, (line_total, tax, quantity) in enumerate(lines, 1)
            ],
            "delivery_groups": [
                {"group_no": 1, "key": "g1", "method": "standard", "ship_to": {"country": "GB"}}
            ],
        }
        await _event(tx, "order.placed.v1", order_id, body, clock)
    return order_id


async def _event(tx: Any, name: str, order_id: UUID, body: Any, clock: FixedClock) -> None:
    await tx.execute(
        "insert into event (name, subject_id, subject_version, occurred_at, body)"
        " values ($1, $2, 1, $3, $4)",
        name,
        order_id,
        clock.now(),
        msgspec.to_builtins(body),
    )


async def tell(db: Database, clock: FixedClock, name: str, order_id: UUID, **body: Any) -> None:
    """Write an event of another context."""
    async with db.transaction() as tx:
        await _event(tx, name, order_id, {"order_id": order_id, **body}, clock)


async def ship(
    db: Database, clock: FixedClock, order_id: UUID, *lines: tuple[int, int, int], **more: Any
) -> UUID:
    """Announce a shipment of (line, units, worth)."""
    shipment_id = new_id()
    await tell(
        db,
        clock,
        "fulfillment.shipped.v1",
        order_id,
        **(
            {
                "shipment_id": shipment_id,
                "currency": "GBP",
                "amount_minor": sum(line[2] for line in lines),
                "lines": [
                    {"line_no": no, "quantity": units, "total_minor": worth}
                    for no, units, worth in lines
                ],
            }
            | more
        ),
    )
    return shipment_id


async def bury(tx: Tx, dead: Sequence[DeadJob], now: datetime) -> None:
    """Open an exception for each dead job, as the worker does."""
    for each in dead:
        job = each.job
        row = NewException(
            each.category, "job", job.job_id, job.subject_id, each.reason, {}, job.kind
        )
        await exceptions.open_exceptions(tx, [row], now)


async def run(db: Database, clock: FixedClock, *, holder: str = "test") -> None:
    """Let everything of payments that is due happen, until nothing is."""
    await open_cursors(db, jobs.READERS)
    for _ in range(100):
        now = clock.now()
        found = await sequence_events(db)
        for reader in jobs.READERS:
            found += await advance_reader(db, reader, now)
        due = await find_due_jobs(db, now)
        for kind in jobs.JOB_KINDS:
            if kind.kind in due:
                found += await run_jobs(db, kind, due[kind.kind], holder, now, bury=bury)
        for sweep in jobs.SWEEPS:
            found += await sweep.run(db, now)
        if not found:
            return
    raise AssertionError("it never comes to rest")


async def run_for(db: Database, clock: FixedClock, minutes: float) -> None:
    """Let time pass in steps of half a minute, and everything happen that comes due."""
    for _ in range(int(minutes * 2)):
        clock.advance(timedelta(seconds=30))
        await run(db, clock)


async def money(db: Database, order_id: UUID) -> dict[str, Any]:
    """Return the sums of an order."""
    async with db.reading() as tx:
        return dict(await tx.fetchrow("select * from order_money where order_id = $1", order_id))


async def rows(db: Database, query: str, *arguments: Any) -> list[dict[str, Any]]:
    """Return the rows of a query."""
    async with db.reading() as tx:
        return [dict(row) for row in await tx.fetch(query, *arguments)]


async def disagreements(db: Database) -> list[tuple[Any, ...]]:
    """Return what any verify statement of payments finds."""
    found: list[tuple[Any, ...]] = []
    async with db.reading() as tx:
        for path in sorted(SQL.glob("verify_*.sql")):
            found += [tuple(row) for row in await tx.fetch(path.read_text())]
    return found


async def until_one_waits(db: Database, task: "asyncio.Task[Any]") -> None:
    """Return when somebody waits for a lock that another holds; fail when the task is done."""
    query = (
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and wait_event_type = 'Lock'"
    )
    async with db.reading() as tx:
        while not await tx.fetchval(query):
            assert not task.done(), "it did not wait"
            await asyncio.sleep(0)
