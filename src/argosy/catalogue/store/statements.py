"""One function a statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.catalogue.model import (
    Channel,
    DeliveryMethod,
    Location,
    LocationGroup,
    Network,
    ProductRecord,
    Sku,
    SkuFacts,
    SkuRecord,
    Transit,
    TransitKey,
    TransitRecord,
)
from argosy.identity import Actor
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.catalogue")

Versions = dict[str, int]


class State(msgspec.Struct, frozen=True):
    """Which database (`place`), and which state of its catalogue."""

    place: int
    version: int
    stamp: UUID


async def find_version(tx: Tx) -> State:
    """Return which database this is, and the state of its catalogue."""
    row = await tx.fetchrow(sql("find_version"))
    assert row is not None, "a migrated database has a catalogue version"
    return State(**row)


async def lock_catalogue(tx: Tx) -> None:
    """Wait until every other change of the catalogue is committed, and keep others waiting."""
    await tx.fetchval(sql("lock_catalogue"))


async def load_network(tx: Tx) -> Network:
    """Read channels, locations, groups, methods and transit times."""
    row = await tx.fetchrow(sql("load_network"))
    assert row is not None
    channels = msgspec.convert(row["channels"], list[Channel], strict=False)
    locations = msgspec.convert(row["locations"], list[Location], strict=False)
    groups = msgspec.convert(row["location_groups"], list[LocationGroup], strict=False)
    methods = msgspec.convert(row["methods"], list[DeliveryMethod], strict=False)
    return Network(
        version=row["version"],
        stamp=row["stamp"],
        channels={each.channel_id: each for each in channels},
        locations={each.location_id: each for each in locations},
        groups={each.location_group_id: each.location_ids for each in groups},
        named_groups={each.code: each for each in groups},
        methods={each.code: each for each in methods},
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


async def load_sku_facts(
    tx: Tx, codes: Sequence[str], products: Sequence[str], barcodes: Sequence[str]
) -> SkuFacts:
    """Read what stands already about SKUs, products and barcodes."""
    row = await tx.fetchrow(sql("load_sku_facts"), codes, products, barcodes)
    assert row is not None
    skus = {}
    inside = set()
    for each in row["skus"]:
        record = msgspec.convert(each, SkuRecord, strict=False)
        skus[record.code] = (record, each["version"])
        if each["inside_kit"]:
            inside.add(record.sku_id)
    return SkuFacts(
        skus=skus,
        inside_kits=frozenset(inside),
        products={code: UUID(product_id) for code, product_id in row["products"].items()},
        barcodes=row["barcodes"],
    )


async def load_products(tx: Tx, codes: Sequence[str]) -> dict[str, tuple[ProductRecord, int]]:
    """Read products by code, with their versions."""
    found = {}
    for row in await tx.fetch(sql("load_products"), codes):
        fields = dict(row)
        version = fields.pop("version")
        found[fields["code"]] = (ProductRecord(**fields), version)
    return found


async def find_skus_by_code(tx: Tx, codes: Sequence[str]) -> dict[str, tuple[UUID, int]]:
    """Return id and version of each SKU among `codes`."""
    rows = await tx.fetch(sql("find_skus_by_code"), codes)
    return {row["code"]: (row["sku_id"], row["version"]) for row in rows}


async def upsert_products(
    tx: Tx, records: Sequence[ProductRecord], *, by: Actor, now: datetime
) -> Versions:
    """Make or change products; return their new versions by code."""
    return _versions(await tx.fetch(sql("upsert_products"), records, now, str(by)))


async def upsert_skus(
    tx: Tx, records: Sequence[SkuRecord], *, by: Actor, now: datetime
) -> Versions:
    """Make or change SKUs with the parts of kits; return their new versions by code."""
    return _versions(await tx.fetch(sql("upsert_skus"), records, now, str(by)))


async def rename_skus(
    tx: Tx, renames: Sequence[tuple[UUID, str]], *, by: Actor, now: datetime
) -> Versions:
    """Give SKUs other codes; return their new versions by new code."""
    rows = await tx.fetch(
        sql("rename_skus"),
        [sku_id for sku_id, _ in renames],
        [code for _, code in renames],
        now,
        str(by),
    )
    return _versions(rows)


async def upsert_locations(
    tx: Tx, records: Sequence[Location], *, by: Actor, now: datetime
) -> Versions:
    """Make or change locations; return their new versions by code."""
    return _versions(await tx.fetch(sql("upsert_locations"), records, now, str(by)))


async def upsert_location_groups(
    tx: Tx, records: Sequence[LocationGroup], *, by: Actor, now: datetime
) -> Versions:
    """Make or change location groups; return their new versions by code."""
    return _versions(await tx.fetch(sql("upsert_location_groups"), records, now, str(by)))


async def upsert_channels(
    tx: Tx, records: Sequence[Channel], *, by: Actor, now: datetime
) -> Versions:
    """Make or change channels; return their new versions by code."""
    return _versions(await tx.fetch(sql("upsert_channels"), records, now, str(by)))


async def upsert_methods(tx: Tx, records: Sequence[DeliveryMethod]) -> Versions:
    """Make or change delivery methods; return their new versions by code."""
    return _versions(await tx.fetch(sql("upsert_methods"), records))


async def upsert_transit_times(tx: Tx, records: Sequence[TransitRecord]) -> None:
    """Make or change transit times."""
    await tx.execute(sql("upsert_transit_times"), records)


async def remove_transit_times(tx: Tx, keys: Sequence[TransitKey]) -> None:
    """Take transit times away."""
    await tx.execute(
        sql("remove_transit_times"),
        [key.method for key in keys],
        [key.from_country for key in keys],
        [key.to_country for key in keys],
    )


def _versions(rows: Sequence[Any]) -> Versions:
    return {row["code"]: row["version"] for row in rows}
