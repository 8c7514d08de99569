"""What stands in a database: row counts of every table, free units of a SKU."""

from uuid import UUID

import asyncpg


async def count_rows(url: str) -> dict[str, int]:
    """Return the number of rows of every table."""
    connection = await asyncpg.connect(url)
    try:
        names = await connection.fetch(
            "select relname from pg_class where relkind = 'r' "
            "and relnamespace = 'public'::regnamespace order by relname"
        )
        counts = " union all ".join(f"select '{row[0]}', count(*) from {row[0]}" for row in names)
        return {name: count for name, count in await connection.fetch(counts)}
    finally:
        await connection.close()


async def free_units(connection: asyncpg.Connection, sku_id: UUID) -> int:
    """Return how many units of a SKU are free over all locations."""
    free: int = await connection.fetchval(
        "select coalesce(sum(on_hand - allocated - reserved), 0)::int "
        "from stock_balance where sku_id = $1",
        sku_id,
    )
    return free
