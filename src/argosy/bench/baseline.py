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

BATCH = 200
CONNECTIONS = 2

_encode = msgspec.json.Encoder().encode

KEYS = """
insert into order_key (scope, key, order_id)
select 'channel:' || $1::text, external_id, order_id from unnest($2::text[], $3::uuid[]) as k (external_id, order_id)
union all
select 'number', number, order_id from unnest($4::text[], $3::uuid[]) as k (number, order_id)
"""
CUSTOMERS = """
with made as (
    insert into customer (customer_id, name, email, created_at, changed_at)
    select customer_id, name, email, $1, $1 from unnest($2::uuid[], $3::text[], $4::text[]) as c (customer_id, name, email)
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select 'customer.created.v1', customer_id, 1, $1, jsonb_build_object('customer_id', customer_id, 'name', name,
           'identifiers', jsonb_build_array(jsonb_build_object('kind', 'external_id', 'value', key, 'channel_id', $6::text)))
      from unnest($2::uuid[], $3::text[], $5::text[]) as c (customer_id, name, key)
)
insert into customer_key (scope, key, customer_id, linked_at)
select 'channel:' || $6::text, key, customer_id, $1 from unnest($2::uuid[], $5::text[]) as c (customer_id, key)
"""
ORDERS = """
insert into orders (
    order_id, order_number, channel_id, external_id, digest, currency, tax_mode, placed_at, captured_at, customer_id,
    buyer, bill_to, goods_minor, discount_minor, shipping_minor, fee_minor, tax_minor, total_minor, units_ordered,
    promised_at
)
select order_id, order_number, $1, external_id, digest, 'GBP', 'gross', $2, $2, customer_id, buyer, bill_to,
       total, 0, 0, 0, tax, total, units, $3
  from unnest($4::uuid[], $5::text[], $6::text[], $7::bytea[], $8::uuid[], $9::jsonb[], $10::jsonb[], $11::bigint[],
              $12::bigint[], $13::int[])
    as o (order_id, order_number, external_id, digest, customer_id, buyer, bill_to, total, tax, units)
"""
EVENTS = """
insert into event (name, subject_id, subject_version, channel_id, occurred_at, body)
select 'order.placed.v1', order_id, 1, $1, $2, body from unnest($3::uuid[], $4::jsonb[]) as e (order_id, body)
"""
GROUPS = """
insert into delivery_group (order_id, group_no, key, method_code, ship_to, country, promised_ship_by, promised_at, route_after)
select order_id, 1, 'g1', 'standard', ship_to, 'GB', $1, $2, $3 from unnest($4::uuid[], $5::jsonb[]) as g (order_id, ship_to)
"""
PROMISES = """
insert into promise (order_id, group_no, promise_no, ship_by, deliver_by, basis, reason, made_at)
select order_id, 1, 1, $1, $2, '{"locations": ["L001"]}', 'placed', $3 from unnest($4::uuid[]) as p (order_id)
"""
LINES = """
insert into order_line (
    order_id, line_no, group_no, sku_id, sku_code, title, kind, unit_price, amount_minor, tax_minor, total_minor,
    ordered, promised_at
)
select order_id, line_no, 1, sku_id, sku_code, title, 'physical', unit_price::numeric, amount, tax, amount, ordered, $1
  from unnest($2::uuid[], $3::int[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::int[])
    as l (order_id, line_no, sku_id, sku_code, title, unit_price, amount, tax, ordered)
"""
STOCK = """
with wanted as (
    select sku_id, sum(quantity)::int as quantity from unnest($1::uuid[], $2::int[]) as w (sku_id, quantity) group by sku_id
), locked as (
    select b.sku_id, w.quantity from stock_balance b join wanted w using (sku_id)
     where b.location_id = $3 order by b.sku_id for no key update of b
)
update stock_balance b set reserved = b.reserved + l.quantity, version = b.version + 1, changed_at = $4
  from locked l where b.sku_id = l.sku_id and b.location_id = $3
"""
MOVEMENTS = """
insert into stock_movement (sku_id, location_id, kind, reserved_delta, cause_kind, cause_id, made_by, made_at)
select sku_id, $1, 'reserved', sum(quantity), 'order', order_id, $2, $3
  from unnest($4::uuid[], $5::uuid[], $6::int[]) as m (sku_id, order_id, quantity) group by sku_id, order_id
"""
RESERVATIONS = """
insert into reservation (sku_id, owner_id, line_no, location_id, quantity, owner_kind, made_at)
select sku_id, order_id, line_no, $1, quantity, 'order', $2
  from unnest($3::uuid[], $4::uuid[], $5::int[], $6::int[]) as r (sku_id, order_id, line_no, quantity)
"""
MONEY = """
insert into order_money (order_id, currency, total_minor, authorized_minor, changed_at)
select order_id, 'GBP', total, total, $1 from unnest($2::uuid[], $3::bigint[]) as m (order_id, total)
"""
PAYMENTS = """
insert into payment (order_id, payment_no, gateway, method, currency, amount_minor, authorization_ref, authorized_minor, created_at)
select order_id, 1, 'manual', 'card', 'GBP', total, reference, total, $1
  from unnest($2::uuid[], $3::bigint[], $4::text[]) as p (order_id, total, reference)
"""
MONEY_MOVEMENTS = """
insert into money_movement (
    order_id, movement_id, payment_no, kind, amount_minor, currency, state, gateway, gateway_reference, cause_kind,
    asked_at, settled_at
)
select order_id, movement_id, 1, 'authorize', total, 'GBP', 'succeeded', 'manual', reference, 'placement', $1, $1
  from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[]) as p (order_id, movement_id, total, reference)
"""
REFERENCES = """
insert into gateway_reference (gateway, reference, kind, order_id, movement_id)
select 'manual', reference, 'authorize', order_id, movement_id
  from unnest($1::text[], $2::uuid[], $3::uuid[]) as r (reference, order_id, movement_id)
"""
POSTINGS = """
insert into ledger_posting (
    order_id, movement_id, debit_account, credit_account, amount_minor, currency, cause_kind, posted_at
)
select order_id, movement_id, 'authorized:manual', 'authorization_held', total, 'GBP', 'authorize', $1
  from unnest($2::uuid[], $3::uuid[], $4::bigint[]) as p (order_id, movement_id, total)
"""
NUMBERS = "select nextval('order_number_series')::text from generate_series(1, $1::int)"


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
            await execute(MONEY, now, ids, totals)
            await execute(PAYMENTS, now, ids, totals, references)
            await execute(MONEY_MOVEMENTS, now, ids, movement_ids, totals, references)
            await execute(REFERENCES, references, ids, movement_ids)
            await execute(POSTINGS, now, ids, movement_ids, totals)

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
        numbers = [row[0] for row in await connection.fetch(NUMBERS, len(orders))]
        external_ids = [order["external_id"] for order in orders]
        addresses = [_encode(order["bill_to"]).decode() for order in orders]
        await execute(KEYS, str(channel_id), external_ids, ids, numbers)
        await execute(
            ORDERS,
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
        await execute(EVENTS, channel_id, now, ids, bodies)
        await execute(GROUPS, ship_by, arrives, now, ids, addresses)
        await execute(PROMISES, ship_by, arrives, now, ids)
        lines = _numbered(ids, orders)
        await execute(
            LINES,
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
                CUSTOMERS,
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
        await connection.execute(STOCK, skus, quantities, place, now)
        await connection.execute(MOVEMENTS, place, "bench", now, skus, owners, quantities)
        numbers = [number for _, number, _ in lines]
        await connection.execute(RESERVATIONS, place, now, skus, owners, numbers, quantities)


def _numbered(
    ids: list[UUID], orders: Sequence[dict[str, Any]]
) -> list[tuple[UUID, int, dict[str, Any]]]:
    return [
        (order_id, number, line)
        for order_id, order in zip(ids, orders, strict=True)
        for number, line in enumerate(order["lines"], start=1)
    ]
