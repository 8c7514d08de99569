"""Opening the business: the catalogue by commands, keys, and the first stock over HTTP."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from argosy.catalogue import Outcome, door as catalogue
from argosy.demo import network
from argosy.demo.api import Api, DemoFailed
from argosy.demo.goods import Goods
from argosy.demo.shelves import Shelves
from argosy.identity import SYSTEM, NewApiKey, door as identity
from argosy.kernel.database import Database, Tx
from argosy.kernel.refusals import Refused

ROLES = {
    "admin": "admin",
    "operator": "operator",
    "shop": "channel",
    "warehouse": "warehouse",
    "monitoring": "monitoring",
}
"""Keys of the demo by name, each with the role that it has."""

KEYS_FILE = "demo-keys.json"
_POSITIONS_A_PART = 2000


async def make_keys(db: Database, folder: Path, now: datetime) -> dict[str, str]:
    """Return the keys by name; those of an earlier run, when they still open this database.

    The database keeps digests only, so the keys lie in a file that its owner alone can read.
    """
    kept = read_keys(folder)
    async with db.transaction() as tx:
        for name, role in ROLES.items():
            known = await identity.recognize(tx, kept[name], now) if name in kept else None
            if known is None or isinstance(known, Refused):
                asked = NewApiKey(name=f"demo {name}", roles=[role])
                made = await identity.create_api_key(tx, asked, by=SYSTEM, now=now)
                if isinstance(made, Refused):
                    raise DemoFailed(made.detail)
                kept[name] = made.key
    _write_keys(folder, kept)
    return kept


def read_keys(folder: Path) -> dict[str, str]:
    """Return the keys of an earlier run, none when there was none."""
    file = folder / KEYS_FILE
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    return kept


def _write_keys(folder: Path, keys: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / KEYS_FILE
    file.touch(mode=0o600)
    file.write_text(json.dumps(keys, indent=1))


async def open_catalogue(db: Database, goods: Goods, now: datetime) -> None:
    """Write locations, methods, channels, products and SKUs; the same again changes nothing."""

    async def write(tx: Tx) -> None:
        for outcomes in (
            await catalogue.upsert_locations(tx, network.LOCATIONS, by=SYSTEM, now=now),
            await catalogue.upsert_location_groups(tx, network.GROUPS, by=SYSTEM, now=now),
            await catalogue.upsert_methods(tx, network.METHODS, by=SYSTEM, now=now),
            await catalogue.upsert_transit_times(tx, network.TRANSIT, by=SYSTEM, now=now),
            await catalogue.upsert_channels(tx, network.CHANNELS, by=SYSTEM, now=now),
            await catalogue.upsert_products(tx, goods.products, by=SYSTEM, now=now),
            await catalogue.upsert_skus(tx, goods.skus, by=SYSTEM, now=now),
        ):
            _check(outcomes)

    await db.run(write)


def _check(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            raise DemoFailed(f"the catalogue refuses a row: {outcome.code}: {outcome.detail}")


async def open_stock(api: Api, shelves: Shelves, now: datetime) -> None:
    """Let every location report what it has, and write down what is on its way."""
    for location, units in shelves.stock.items():
        positions = [{"sku": sku, "quantity": number} for sku, number in sorted(units.items())]
        parts = [
            positions[first : first + _POSITIONS_A_PART]
            for first in range(0, len(positions), _POSITIONS_A_PART)
        ]
        for part, some in enumerate(parts, start=1):
            await api.post("/v1/inventory/feed", _feed(location, some, now, part, len(parts)))
    if shelves.expected and not (await api.get("/v1/inventory/incoming", limit=1))["items"]:
        rows = [
            {
                "sku": each.sku,
                "location": each.location,
                "quantity": each.quantity,
                "expected_on": (now + timedelta(days=each.day)).date(),
                "reference": f"PO-{1000 + number}",
            }
            for number, each in enumerate(shelves.expected)
        ]
        await api.batch("/v1/inventory/incoming", rows)


def _feed(
    location: str, positions: Sequence[Mapping[str, object]], as_of: datetime, part: int, parts: int
) -> dict[str, object]:
    return {
        "location": location,
        "reference": "opening stock",
        "as_of": as_of,
        "mode": "snapshot",
        "part": part,
        "parts": parts,
        "positions": positions,
    }
