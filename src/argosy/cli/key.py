"""`argosy key`: API keys from the command line, for the first one and for operations."""

import asyncio
import json

from cyclopts import App

from argosy.cli.runtime import migrated, started
from argosy.identity import SYSTEM
from argosy.identity import door as identity
from argosy.kernel.clock import SystemClock
from argosy.kernel.database import Database
from argosy.kernel.refusals import Refused

app = App(name="key", help="Make API keys.")


@app.command
def create(name: str, *permissions: str, as_json: bool = False) -> None:
    """Make an API key and print it; it is shown this once.

    Parameters
    ----------
    name
        What the key is called in lists, timelines and the audit log.
    permissions
        Names of the catalogue such as orders:read; none means all of them.
    as_json
        Print the key as JSON.
    """
    with migrated(started()) as url:
        made = asyncio.run(_create(url, name, list(permissions)))
    if isinstance(made, Refused):
        raise SystemExit(f"argosy: {made.detail}")
    print(json.dumps({"key": made, "name": name}) if as_json else made)


async def _create(url: str, name: str, permissions: list[str]) -> str | Refused:
    db = await Database.connect(url, max_size=2)
    try:
        return await identity.make_key(
            db, name, permissions or None, by=SYSTEM, now=SystemClock().now()
        )
    finally:
        await db.close()
