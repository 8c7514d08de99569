"""What commands stand on: settings, a migrated database, logs."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from argosy.kernel.logs import configure_logs
from argosy.kernel.migrations import Migration, migrate
from argosy.kernel.postgres import EmbeddedPostgres
from argosy.kernel.settings import Settings, SettingsInvalid, read_settings

_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
)


class DatabaseUnreachable(RuntimeError):  # noqa: N818  (it names what is wrong)
    """The database does not let us in; the message says why and what to do."""


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Lend the URL of the database: the one that is configured, or the embedded one."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    folder: Path = settings.data_path
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsInvalid(
            f"ARGOSY_DATA_DIR is {str(folder)!r}, which cannot be made: {error.strerror}"
        ) from None
    with EmbeddedPostgres(folder / "postgres") as url:
        yield url


@contextmanager
def migrated(settings: Settings) -> Iterator[str]:
    """Lend the URL of a database that has this code's schema."""
    with database(settings) as url:
        apply_migrations(url)
        yield url


def apply_migrations(url: str) -> list[Migration]:
    """Apply what is missing and return it; raises DatabaseUnreachable or SchemaMismatch."""
    try:
        return asyncio.run(migrate(url))
    except _UNREACHABLE as error:
        raise DatabaseUnreachable(
            f"the database cannot be reached ({type(error).__name__}: {error}); "
            "`argosy doctor` looks for the cause"
        ) from None
    except (ValueError, OverflowError):
        # What it says may hold a part of the password.
        raise DatabaseUnreachable(
            "ARGOSY_DATABASE_URL cannot be read: its port is a number up to 65535, and special "
            "characters in user and password are written with % (as %40 for @)"
        ) from None


def started() -> Settings:
    """Read the settings and begin to log; raises SettingsInvalid."""
    settings = read_settings()
    configure_logs(settings.log_level, settings.log_format)
    return settings


def stop_signals(stop: asyncio.Event) -> None:
    """Set `stop` at the first SIGINT or SIGTERM; a second one ends the process."""
    loop = asyncio.get_running_loop()

    def heard(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, heard, number)
