"""Makes a database of any number of orders, quickly and so that `argosy verify` finds nothing.

Orders are drawn by number and seed inside the server, so nothing crosses the wire, and written
table by table as sets, on two connections. Indexes and constraints are made again afterwards,
which costs a fraction of keeping them. About one order in ten has not been shipped yet, all of
them among the latest third; one in fifty is held.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

import asyncpg

from argosy.bench.business import BenchBusiness
from argosy.kernel.sql import Statements
from argosy.worker.wiring import whole_house

sql = Statements(__package__)
CONNECTIONS = 2
_SETTINGS = {
    "synchronous_commit": "off",
    "work_mem": "128MB",
    "maintenance_work_mem": "512MB",
    "max_parallel_maintenance_workers": "1",
    "jit": "off",
    "timezone": "UTC",
}
_TABLES = (
    "stock_movement",
    "event",
    "order_line",
    "ledger_posting",
    "orders",
    "order_key",
    "money_movement",
    "gateway_reference",
    "fulfillment_order_line",
    "package_line",
    "delivery_group",
    "promise",
    "order_money",
    "payment",
    "fulfillment_order",
    "fulfillment_order_key",
    "shipment",
    "package",
    "tracking_key",
    "invoice_line",
    "invoice",
    "invoice_number",
    "customer",
    "customer_key",
    "reservation",
    "allocation",
)


async def generate_orders(
    url: str,
    business: BenchBusiness,
    count: int,
    now: datetime,
    *,
    seed: int = 1,
    stock: int = 1000,
) -> float:
    """Fill an otherwise empty business with `count` orders; return the seconds it took.

    `stock` units of every SKU are left on hand at every location beside what orders need.
    """
    begun = time.monotonic()
    connections = [
        await asyncpg.connect(url, server_settings=_SETTINGS, command_timeout=1800)
        for _ in range(CONNECTIONS)
    ]
    first = connections[0]
    locations, skus = list(business.location_ids.values()), list(business.sku_ids.values())
    channel_id = business.channel_id
    try:
        again = await _drop_indexes(first)
        await first.execute(sql("generate_orders"), count, now, seed, locations)
        await first.execute(sql("generate_lines"), skus, list(business.sku_ids))
        await first.execute(sql("generate_totals"))
        await first.execute("analyze generated_order, generated_line, generated_total")
        await _share(
            connections,
            [
                (sql("write_generated_movements"), (skus, locations, stock, now)),
                (sql("write_generated_events"), (channel_id,)),
                (sql("write_generated_invoices"), (channel_id,)),
                (sql("write_generated_orders"), (channel_id,)),
                (sql("write_generated_lines"), ()),
                (sql("write_generated_parcels"), ()),
                (sql("write_generated_money_movements"), ()),
                (sql("write_generated_postings"), ()),
                (sql("write_generated_money"), (channel_id,)),
                (sql("write_generated_fulfillment"), (channel_id,)),
                (sql("write_generated_groups"), ()),
                (sql("write_generated_order_keys"), (channel_id,)),
                (sql("write_generated_customers"), (count, now, channel_id)),
                (sql("write_generated_fulfillment_lines"), ()),
                (sql("write_generated_reservations"), ()),
                (sql("write_generated_holds"), ()),
            ],
        )
        await _share(
            connections,
            [(sql("write_generated_balances"), (now,)), *((each, ()) for each in again[0])],
        )
        await _share(connections, [(each, ()) for each in again[1]])
        readers = [reader.name for reader in whole_house().readers]
        await first.execute(sql("finish_generated"), readers)
        await first.execute("drop table generated_order, generated_line, generated_total")
        await _share(connections, [(f"vacuum (analyze) {table}", ()) for table in _TABLES])
    finally:
        for connection in connections:
            await connection.close()
    return time.monotonic() - begun


async def _share(
    connections: Sequence[asyncpg.Connection], statements: Sequence[tuple[str, tuple[object, ...]]]
) -> None:
    """Run statements, each on the connection that is free first."""
    left = iter(statements)

    async def work(connection: asyncpg.Connection) -> None:
        for statement, arguments in left:
            await connection.execute(statement, *arguments)

    await asyncio.gather(*(work(connection) for connection in connections))


async def _drop_indexes(connection: asyncpg.Connection) -> tuple[list[str], list[str]]:
    """Drop keys and indexes of the tables to be filled; return what makes them again.

    Foreign keys come second, for they need the keys that they refer to.
    """
    constraints = await connection.fetch(
        "select c.conrelid::regclass::text as name, c.conname, c.contype::text as kind, "
        "pg_get_constraintdef(c.oid) as made "
        "from pg_constraint c where c.contype in ('p', 'u', 'f') "
        "and (c.conrelid::regclass::text = any($1::text[]) "
        "or c.contype = 'f' and c.confrelid::regclass::text = any($1::text[])) "
        "order by c.contype = 'p'",
        list(_TABLES),
    )
    keys: list[tuple[str, str]] = []
    references: list[tuple[str, str]] = []
    for row in sorted(constraints, key=lambda each: each["kind"] != "f"):
        await connection.execute(f"alter table {row['name']} drop constraint {row['conname']}")
        made = f"alter table {row['name']} add constraint {row['conname']} {row['made']}"
        (references if row["kind"] == "f" else keys).append((row["name"], made))
    indexes = await connection.fetch(
        "select tablename as name, indexname, indexdef from pg_indexes "
        "where schemaname = 'public' and tablename = any($1::text[])",
        list(_TABLES),
    )
    for row in indexes:
        await connection.execute(f"drop index {row['indexname']}")
        keys.append((row["name"], row["indexdef"]))
    # The largest tables first, so that both connections end together.
    keys.sort(key=lambda each: _TABLES.index(each[0]))
    return [made for _, made in keys], [made for _, made in references]
