"""The connection to PostgreSQL: two pools, transactions, and retries where they are safe."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

import asyncpg
import msgspec

T = TypeVar("T")

Tx = asyncpg.Connection  # Inside a transaction; who has one may read and write.

_encoder = msgspec.json.Encoder(decimal_format="string")
_decoder = msgspec.json.Decoder()

_RETRIED = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
)
_MOST_TRIES = 6

# The database is away: whether something was done is not known, and trying at once is no use.
OUTAGES = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
)


async def _prepare(connection: Any) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind,
            schema="pg_catalog",
            encoder=lambda value: _encoder.encode(value).decode(),
            decoder=_decoder.decode,
        )


async def _leave(_: Any) -> None:
    """Leave a connection as it is: nobody here changes its session, so nothing must be undone.

    The driver still rolls back a transaction that was left open.
    """


class Database:
    """Two pools on one PostgreSQL: one writes, one only reads.

    Reads plan anew for each call (`force_custom_plan`), so that one static statement with optional
    filters uses the index that fits the filters given.
    """

    def __init__(self, url: str, writing: asyncpg.Pool, reading: asyncpg.Pool) -> None:
        self.url = url
        self.writing_pool = writing
        self.reading_pool = reading

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        min_size: int = 1,
        max_size: int = 10,
        application_name: str = "argosy",
        statement_timeout_seconds: int = 60,
    ) -> "Database":
        """Open both pools, each with up to `max_size` connections."""
        shared = {
            "application_name": application_name,
            "statement_timeout": str(statement_timeout_seconds * 1000),
            "idle_in_transaction_session_timeout": "60000",
            "timezone": "UTC",
            "jit": "off",
        }
        writing = await asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            init=_prepare,
            reset=_leave,
            server_settings=shared,
        )
        reading = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=max_size,
            init=_prepare,
            reset=_leave,
            server_settings=shared
            | {"plan_cache_mode": "force_custom_plan", "default_transaction_read_only": "on"},
        )
        return cls(url, writing, reading)

    async def close(self) -> None:
        """Close both pools, waiting for what is in use."""
        await asyncio.gather(self.writing_pool.close(), self.reading_pool.close())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Open one read-write transaction; it commits when the block ends without an error."""
        async with self.writing_pool.acquire() as connection, connection.transaction():
            yield cast("Tx", connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Lend a read-only connection; each statement sees its own snapshot."""
        async with self.reading_pool.acquire() as connection:
            yield cast("Tx", connection)

    async def run(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `work` in a transaction, again from the start if the database asks for it."""
        for attempt in range(_MOST_TRIES):
            try:
                async with self.transaction() as tx:
                    return await work(tx)
            except _RETRIED:
                if attempt == _MOST_TRIES - 1:
                    raise
                # Jitter is not a decision: nothing that is stored depends on it.
                await asyncio.sleep(random.random() * 0.01 * 2**attempt)  # noqa: S311
        raise AssertionError("unreachable")
