"""`argosy key`: API keys from the command line, for the first one and for operations."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from cyclopts import App, Parameter, validators

from argosy.catalogue import Network, door as catalogue
from argosy.cli.runtime import migrated, started
from argosy.identity import SYSTEM, MadeApiKey, NewApiKey, door as identity
from argosy.kernel.clock import SystemClock
from argosy.kernel.database import Database
from argosy.kernel.refusals import Refused

T = TypeVar("T")
Json = Annotated[bool, Parameter(name="--json")]
Many = Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())]

MOST_LISTED = 500
MOST_DAYS = 36_500

app = App(name="key", help="Make, list and revoke API keys.")


@app.command
def create(
    name: str,
    *permissions: str,
    role: Many = None,
    channel: Many = None,
    location: Many = None,
    expires_in_days: Annotated[
        int | None, Parameter(validator=validators.Number(gte=1, lte=MOST_DAYS))
    ] = None,
    as_json: Json = False,
) -> None:
    """Make an API key and print it; it is shown this once.

    Without permissions and roles the key may do everything.

    Parameters
    ----------
    name
        What the key is called in lists, timelines and the audit log.
    permissions
        Names of the catalogue, such as orders:read.
    role
        Roles it has, such as warehouse.
    channel
        Codes of the only channels it may act for; none is all of them.
    location
        Codes of the only locations it may act for; none is all of them.
    expires_in_days
        After how many days it ends; never unless said.
    as_json
        Print the key as JSON.
    """
    given = list(permissions) or ([] if role else ["*"])

    async def work(db: Database) -> MadeApiKey | Refused:
        now = SystemClock().now()
        async with db.transaction() as tx:
            network = await catalogue.network(tx)
            asked = msgspec.convert(
                {
                    "name": name,
                    "permissions": given,
                    "roles": role or [],
                    "channel_ids": _ids(network, "channel", channel),
                    "location_ids": _ids(network, "location", location),
                    "expires_at": None
                    if expires_in_days is None
                    else now + timedelta(days=expires_in_days),
                },
                NewApiKey,
            )
            return await identity.create_api_key(tx, asked, by=SYSTEM, now=now)

    try:
        made = _run(work)
    except msgspec.ValidationError as error:
        raise SystemExit(f"argosy: the key cannot be made: {error}") from None
    if isinstance(made, Refused):
        raise SystemExit(f"argosy: {made.detail}")
    print(msgspec.json.encode(made).decode() if as_json else made.key)


@app.command(name="list")
def list_keys(*, as_json: Json = False) -> None:
    """List the newest keys, without their secrets.

    Parameters
    ----------
    as_json
        Print them as JSON.
    """

    async def work(db: Database) -> list[Any]:
        async with db.reading() as tx:
            return list(await identity.list_api_keys(tx, limit=MOST_LISTED))

    keys = _run(work)
    if as_json:
        print(msgspec.json.encode({"keys": keys}).decode())
        return
    for key in keys:
        state = "revoked" if key.revoked_at else "live"
        given = ", ".join([*key.roles, *key.permissions])
        print(f"{key.api_key_id}  {state:8}{key.name:24}{given}")


@app.command
def revoke(*key_ids: UUID, as_json: Json = False) -> None:
    """Revoke keys for good; servers stop taking them within two seconds.

    Exits with 1 when one of them was not live.

    Parameters
    ----------
    key_ids
        The `api_key_id` of each, as `argosy key list` shows it.
    as_json
        Print which were revoked as JSON.
    """

    async def work(db: Database) -> set[UUID]:
        now = SystemClock().now()
        async with db.transaction() as tx:
            return await identity.revoke_api_keys(tx, key_ids, by=SYSTEM, now=now)

    revoked = _run(work)
    if as_json:
        print(json.dumps({"revoked": [str(each) for each in sorted(revoked)]}))
    else:
        for each in key_ids:
            print(f"{each}  {'revoked' if each in revoked else 'is no live key'}")
    raise SystemExit(0 if revoked == set(key_ids) else 1)


def _ids(network: Network, kind: str, codes: list[str] | None) -> list[UUID] | None:
    if codes is None:
        return None
    ids = []
    for code in codes:
        found = (
            network.channel_by_code(code) if kind == "channel" else network.location_by_code(code)
        )
        if found is None:
            raise SystemExit(f"argosy: there is no {kind} {code}")
        ids.append(getattr(found, f"{kind}_id"))
    return ids


def _run(work: Callable[[Database], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        db = await Database.connect(url, max_size=2, application_name="argosy key")
        try:
            return await work(db)
        finally:
            await db.close()

    with migrated(started()) as url:
        return asyncio.run(run(url))
