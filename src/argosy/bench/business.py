"""The business of the benchmarks: locations, one channel, methods, SKUs and stock."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

import msgspec

from argosy.bench.requests import sku_code
from argosy.catalogue import (
    ChannelRow,
    LocationGroupRow,
    LocationRow,
    MethodRow,
    Outcome,
    SkuRow,
    Taken,
    TransitRow,
    door as catalogue,
)
from argosy.identity import SYSTEM, NewApiKey, door as identity
from argosy.kernel.database import Database
from argosy.kernel.refusals import Refused
from argosy.kernel.sql import Statements

sql = Statements(__package__)
CHUNK = 1000
ALWAYS = {day: [("00:00", "23:59")] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


class BenchBusiness(msgspec.Struct, frozen=True):
    """What a benchmark works with: ids by code, and a key that may do everything."""

    channel_id: UUID
    sku_ids: dict[str, UUID]
    location_ids: dict[str, UUID]
    key: str


def _ids(outcomes: list[Outcome]) -> dict[str, UUID]:
    ids = {}
    for outcome in outcomes:
        assert isinstance(outcome, Taken), outcome
        assert outcome.subject_id is not None
        ids[outcome.code] = outcome.subject_id
    return ids


async def make_business(
    db: Database, now: datetime, *, skus: int, locations: int, stock: int
) -> BenchBusiness:
    """Write the business, with `stock` units of every SKU at every location."""
    how: Any = {"by": SYSTEM, "now": now}
    places = [_location(number) for number in range(1, locations + 1)]
    async with db.transaction() as tx:
        location_ids = _ids(await catalogue.upsert_locations(tx, places, **how))
        group = LocationGroupRow(code="all", name="All", locations=list(location_ids))
        _ids(await catalogue.upsert_location_groups(tx, [group], **how))
        methods = [MethodRow(code="standard", name="Standard", kind="ship", carrier="post")]
        await catalogue.upsert_methods(tx, methods, **how)
        transit = TransitRow(
            method="standard",
            from_country="*",
            to_country="*",
            min_days=1,
            max_days=3,
            cost_minor=350,
            currency="GBP",
        )
        await catalogue.upsert_transit_times(tx, [transit], **how)
        channel = ChannelRow(
            code="web", name="Web shop", kind="web", currency="GBP", location_group="all"
        )
        channel_ids = _ids(await catalogue.upsert_channels(tx, [channel], **how))
    sku_ids: dict[str, UUID] = {}
    rows = [
        SkuRow(code=sku_code(n), title=f"Article {n}", weight_grams=100 + n % 900)
        for n in range(1, skus + 1)
    ]
    for first in range(0, skus, CHUNK):
        async with db.transaction() as tx:
            sku_ids |= _ids(await catalogue.upsert_skus(tx, rows[first : first + CHUNK], **how))
    if stock:
        await receive(db, list(sku_ids.values()), list(location_ids.values()), stock, now)
    async with db.transaction() as tx:
        made = await identity.create_api_key(
            tx, NewApiKey(name="bench", roles=["admin"]), by=SYSTEM, now=now
        )
    assert not isinstance(made, Refused), made
    return BenchBusiness(channel_ids["web"], sku_ids, location_ids, made.key)


async def receive(
    db: Database, sku_ids: list[UUID], location_ids: list[UUID], units: int, now: datetime
) -> None:
    """Put `units` of each SKU on hand at each location, as one receipt each."""
    async with db.transaction() as tx:
        await tx.execute(sql("receive_everywhere"), sku_ids, location_ids, units, now)


def _location(number: int) -> LocationRow:
    return LocationRow(
        code=f"L{number:03d}",
        name=f"Warehouse {number}",
        kind="warehouse",
        country="GB",
        address={"line1": f"{number} Dock Road", "city": "Leeds", "postal_code": "LS1 1AA"},
        latitude=50.0 + number % 50 / 10,
        longitude=-3.0 + number % 40 / 10,
        opening_hours=ALWAYS,
        cutoff_local=time(15),
        processing_hours=24,
        priority=number,
    )
