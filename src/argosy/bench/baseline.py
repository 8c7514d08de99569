"""The bare baseline of capture: the same rows, written by hand in sets, with nothing around them.

No HTTP, no checks, no promise: two connections, each of which takes the next 200 orders, makes
their columns and inserts them in one transaction with a statement a table. Tables, indexes and
constraints are those of the product.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from argosy.bench.business import BenchBusiness
from argosy.kernel.ids import id_at, new_id
from argosy.kernel.sql import Statements

BATCH = 200
CONNECTIONS = 2

sql = Statements(__package__)
_encode = msgspec.json.Encoder().encode


class BareWriter:
    """Writes orders on two connections; customers that it has met are remembered."""

    def __init__(self, business: BenchBusiness) -> None:
        self._business = business
        self._customers: dict[str, UUID] = {}
        self._location_id = business.location_ids["L001"]
        self._connections: list[asyncpg.Connection] = []

    async def open(self, url: str) -> None:
        """Open the connections."""
        self._connections = [await asyncpg.connect(url) for _ in range(CONNECTIONS)]

    async def close(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            await connection.close()

    async def write(self, orders: Sequence[dict[str, Any]]) -> float:
        """Write `orders` and return the seconds it took."""
        batches = iter([orders[at : at + BATCH] for at in range(0, len(orders), BATCH)])

        async def work(connection: asyncpg.Connection) -> None:
            for batch in batches:
                await self._write_batch(connection, batch)

        begun = time.perf_counter()
        await asyncio.gather(*(work(connection) for connection in self._connections))
        return time.perf_counter() - begun

    async def _write_batch(
        self, connection: asyncpg.Connection, orders: Sequence[dict[str, Any]]
    ) -> None:
        now = datetime.now(UTC)
        ids = [id_at(now) for _ in orders]
        totals = [order["total_minor"] for order in orders]
        references = [order["payments"][0]["authorization_ref"] for order in orders]
        movement_ids = [new_id() for _ in orders]
        async with connection.transaction():
            await self._write_orders(connection, orders, ids, totals, now)
            await self._write_stock(connection, orders, ids, now)
            execute = connection.execute
            await execute(sql("bare_money"), now, ids, totals)
            await execute(sql("bare_payments"), now, ids, totals, references)
            await execute(sql("bare_money_movements"), now, ids, movement_ids, totals, references)
            await execute(sql("bare_references"), references, ids, movement_ids)
            await execute(sql("bare_postings"), now, ids, movement_ids, totals)

    async def _write_orders(
        self,
        connection: asyncpg.Connection,
        orders: Sequence[dict[str, Any]],
        ids: list[UUID],
        totals: list[int],
        now: datetime,
    ) -> None:
        execute, channel_id = connection.execute, self._business.channel_id
        ship_by, arrives = now + timedelta(days=1), now + timedelta(days=4)
        customers = await self._write_customers(connection, orders, now)
        numbers = [row[0] for row in await connection.fetch(sql("bare_numbers"), len(orders))]
        external_ids = [order["external_id"] for order in orders]
        addresses = [_encode(order["bill_to"]).decode() for order in orders]
        await execute(sql("bare_order_keys"), str(channel_id), external_ids, ids, numbers)
        await execute(
            sql("bare_orders"),
            channel_id,
            now,
            arrives,
            ids,
            numbers,
            external_ids,
            [order_id.bytes for order_id in ids],
            customers,
            [_encode(order["customer"]).decode() for order in orders],
            addresses,
            totals,
            [sum(line["tax_minor"] for line in order["lines"]) for order in orders],
            [sum(line["quantity"] for line in order["lines"]) for order in orders],
        )
        bodies = [
            _encode(
                {
                    "order_id": order_id,
                    "order_number": number,
                    "customer_id": customer,
                    "placed_at": now,
                    **order,
                }
            ).decode()
            for order_id, number, customer, order in zip(
                ids, numbers, customers, orders, strict=True
            )
        ]
        await execute(sql("bare_events"), channel_id, now, ids, bodies)
        await execute(sql("bare_groups"), ship_by, arrives, now, ids, addresses)
        await execute(sql("bare_promises"), ship_by, arrives, now, ids)
        lines = _numbered(ids, orders)
        await execute(
            sql("bare_lines"),
            arrives,
            [order_id for order_id, _, _ in lines],
            [number for _, number, _ in lines],
            [self._business.sku_ids[line["sku"]] for _, _, line in lines],
            [line["sku"] for _, _, line in lines],
            [f"Article {line['sku']}" for _, _, line in lines],
            [line["unit_price"] for _, _, line in lines],
            [line["amount_minor"] for _, _, line in lines],
            [line["tax_minor"] for _, _, line in lines],
            [line["quantity"] for _, _, line in lines],
        )

    async def _write_customers(
        self, connection: asyncpg.Connection, orders: Sequence[dict[str, Any]], now: datetime
    ) -> list[UUID]:
        """Return each order's customer; those that are new are inserted."""
        fresh = {}
        for order in orders:
            buyer = order["customer"]
            if buyer["external_id"] not in self._customers:
                self._customers[buyer["external_id"]] = new_id()
                fresh[buyer["external_id"]] = buyer
        if fresh:
            await connection.execute(
                sql("bare_customers"),
                now,
                [self._customers[key] for key in fresh],
                [buyer["name"] for buyer in fresh.values()],
                [buyer["email"] for buyer in fresh.values()],
                list(fresh),
                str(self._business.channel_id),
            )
        return [self._customers[order["customer"]["external_id"]] for order in orders]

    async def _write_stock(
        self,
        connection: asyncpg.Connection,
        orders: Sequence[dict[str, Any]],
        ids: list[UUID],
        now: datetime,
    ) -> None:
        lines = _numbered(ids, orders)
        skus = [self._business.sku_ids[line["sku"]] for _, _, line in lines]
        owners = [order_id for order_id, _, _ in lines]
        quantities = [line["quantity"] for _, _, line in lines]
        place = self._location_id
        await connection.execute(sql("bare_stock"), skus, quantities, place, now)
        await connection.execute(
            sql("bare_movements"), place, "bench", now, skus, owners, quantities
        )
        numbers = [number for _, number, _ in lines]
        await connection.execute(
            sql("bare_reservations"), place, now, skus, owners, numbers, quantities
        )


def _numbered(
    ids: list[UUID], orders: Sequence[dict[str, Any]]
) -> list[tuple[UUID, int, dict[str, Any]]]:
    return [
        (order_id, number, line)
        for order_id, order in zip(ids, orders, strict=True)
        for number, line in enumerate(order["lines"], start=1)
    ]
