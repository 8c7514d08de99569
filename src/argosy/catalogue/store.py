"""One function a statement."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from argosy.catalogue.model import Channel, DeliveryMethod, Location, Network, Sku, Transit
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements(__package__)


async def find_version(tx: Tx) -> tuple[str, int]:
    """Return which database this is, and the version of its catalogue."""
    row = await tx.fetchrow(sql("find_version"))
    assert row is not None, "a migrated database has a catalogue version"
    return row["place"], row["version"]


async def load_network(tx: Tx) -> Network:
    """Read channels, locations, groups, methods and transit times."""
    row = await tx.fetchrow(sql("load_network"))
    assert row is not None
    groups: dict[UUID, list[UUID]] = {}
    for group_id, location_id in row["members"]:
        groups.setdefault(UUID(group_id), []).append(UUID(location_id))
    channels = msgspec.convert(row["channels"], list[Channel], strict=False)
    locations = msgspec.convert(row["locations"], list[Location], strict=False)
    return Network(
        version=row["version"],
        channels={each.channel_id: each for each in channels},
        locations={each.location_id: each for each in locations},
        groups={group_id: tuple(members) for group_id, members in groups.items()},
        methods={each["code"]: msgspec.convert(each, DeliveryMethod) for each in row["methods"]},
        transit={
            (each["method_code"], each["from_country"], each["to_country"]): msgspec.convert(
                each, Transit
            )
            for each in row["transit"]
        },
    )


async def load_skus(tx: Tx, codes: Sequence[str], ids: Sequence[UUID]) -> list[Sku]:
    """Read SKUs by code or by id."""
    return [_sku(row) for row in await tx.fetch(sql("load_skus"), codes, ids)]


def _sku(row: Any) -> Sku:
    fields = dict(row)
    components = fields.pop("components") or ()
    return Sku(
        **fields, components=tuple((UUID(sku_id), quantity) for sku_id, quantity in components)
    )
