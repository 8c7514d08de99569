"""Orders to hand in, stock to promise, and what the tests of orders look at afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from argosy.kernel.database import Database, Tx
from argosy.orders import PlaceOrder
from argosy.orders.door import Captured, CaptureRefused, CaptureRequest, place_orders
from tests.business import Business

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
SQL = Path(__file__).parents[2] / "src" / "argosy"
HOME = {
    "name": "A. Buyer",
    "line1": "1 High Street",
    "city": "London",
    "postal_code": "N1 1AA",
    "country": "GB",
}


def line(sku: str = "MUG", quantity: int = 1, price: str = "10.00", **more: Any) -> dict[str, Any]:
    """Return a line whose amount is price times quantity, in a currency of two decimals."""
    whole, _, decimals = price.partition(".")
    cents = int(whole) * 100 + int((decimals + "00")[:2])
    return {
        "sku": sku,
        "quantity": quantity,
        "unit_price": price,
        "amount_minor": cents * quantity,
    } | more


def ask(external_id: str = "1", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an order of the web shop as JSON would have it; gross, so lines sum to the total."""
    given = list(lines) or [line()]
    return {
        "channel": "web",
        "external_id": external_id,
        "currency": "GBP",
        "ship_to": HOME,
        "lines": given,
        "total_minor": sum(each["amount_minor"] - each.get("discount_minor", 0) for each in given),
    } | more


def order(*args: Any, **more: Any) -> PlaceOrder:
    """Return what `ask` returns, decoded as strictly as a request."""
    return msgspec.convert(ask(*args, **more), PlaceOrder)


async def place(
    db: Database, *orders: PlaceOrder, by: str = "key:web", now: datetime = NOW, **request: Any
) -> list[Captured | CaptureRefused]:
    """Place orders in one call."""
    return await place_orders(db, [CaptureRequest(each, by, **request) for each in orders], now)


async def place_one(db: Database, asked: PlaceOrder, **how: Any) -> Captured:
    """Place an order that must not be refused."""
    outcome = (await place(db, asked, **how))[0]
    assert isinstance(outcome, Captured), outcome
    return outcome


async def refused(db: Database, asked: PlaceOrder, **how: Any) -> list[tuple[str, str]]:
    """Place an order that must be refused; return (code, pointer) of its faults."""
    outcome = (await place(db, asked, **how))[0]
    assert isinstance(outcome, CaptureRefused), outcome
    assert all(fault.detail.endswith(".") for fault in outcome.faults), outcome
    return [(fault.code.value, fault.pointer) for fault in outcome.faults]


async def stock(db: Database, business: Business, sku: str, **at: int) -> None:
    """Receive units of a SKU at locations."""
    async with db.transaction() as tx:
        for code, units in at.items():
            key = (business.skus[sku], business.locations[code])
            await tx.execute(
                "insert into stock_balance (sku_id, location_id, on_hand) values ($1, $2, $3)"
                " on conflict (sku_id, location_id) do update"
                " set on_hand = stock_balance.on_hand + excluded.on_hand",
                *key,
                units,
            )
            await tx.execute(
                "insert into stock_movement (sku_id, location_id, kind, on_hand_delta, cause_kind,"
                " made_by, made_at) values ($1, $2, 'received', $3, 'test', 'test', $4)",
                *key,
                units,
                NOW,
            )


async def fetch(db: Database, query: str, *arguments: Any) -> list[dict[str, Any]]:
    """Run a query and return its rows as dicts."""
    async with db.reading() as tx:
        return [dict(row) for row in await tx.fetch(query, *arguments)]


async def fetch_value(db: Database, query: str, *arguments: Any) -> Any:
    """Run a query and return its only value."""
    async with db.reading() as tx:
        return await tx.fetchval(query, *arguments)


async def counts(db: Database) -> dict[str, int]:
    """Return how many rows each table holds that placing an order writes."""
    tables = (
        "orders", "order_key", "order_line", "delivery_group", "order_charge", "order_hold",
        "promise", "event", "reservation", "stock_movement", "backorder", "order_money",
        "payment", "money_movement", "gateway_reference", "customer", "job",
    )  # fmt: skip
    query = " union all ".join(f"select '{each}', count(*) from {each}" for each in tables)
    async with db.reading() as tx:
        return {row[0]: row[1] for row in await tx.fetch(query)}


async def disagreements(db: Database) -> list[tuple[Any, ...]]:
    """Return what the verify statements of orders, stock and fulfillment find."""
    found: list[tuple[Any, ...]] = []
    async with db.reading() as tx:
        for context in ("orders", "inventory", "fulfillment"):
            for path in sorted((SQL / context / "sql").glob("verify_*.sql")):
                found += [tuple(row) for row in await tx.fetch(path.read_text())]
    return found


@asynccontextmanager
async def counted(tx: Tx) -> AsyncIterator[list[str]]:
    """Note every statement that is sent on a connection within the block."""
    sent: list[str] = []

    def note(query: asyncpg.connection.LoggedQuery) -> None:
        if "current_setting('jit')" not in query.query and "typeinfo_tree" not in query.query:
            sent.append(query.query)  # The others are the driver's own, once a connection.

    tx.add_query_logger(note)
    try:
        yield sent
        await asyncio.sleep(0)  # The driver calls its loggers in the next turn of the loop.
    finally:
        tx.remove_query_logger(note)
