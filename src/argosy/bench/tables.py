"""What stands in a database: the row counts of every table."""

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
        rows: list[tuple[str, int]] = [tuple(row) for row in await connection.fetch(counts)]
        return dict(rows)
    finally:
        await connection.close()
