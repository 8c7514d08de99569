"""A small seeded business for tests.

Three locations, three channels, four delivery methods, ten SKUs and a kit; no stock. Ask for it by
the fixture `business`, or make it in a database of your own by `make_business`.
"""

from datetime import date, datetime, time
from uuid import UUID

import msgspec
import pytest

from argosy.catalogue import (
    ChannelRow,
    ChannelSettings,
    ComponentRow,
    LocationGroupRow,
    LocationRow,
    MethodRow,
    Outcome,
    ProductRow,
    SkuRow,
    Taken,
    TransitRow,
    door as catalogue,
)
from argosy.identity import SYSTEM
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database

WEEK = {day: [("08:00", "18:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
WEEK_AND_SATURDAY = {
    day: [("09:00", "19:00")] for day in ("mon", "tue", "wed", "thu", "fri", "sat")
}


class Business(msgspec.Struct, frozen=True):
    """Ids by code."""

    locations: dict[str, UUID]
    groups: dict[str, UUID]
    channels: dict[str, UUID]
    products: dict[str, UUID]
    skus: dict[str, UUID]
    methods: tuple[str, ...]


LOCATIONS = [
    LocationRow(
        code="reading",
        name="Reading warehouse",
        kind="warehouse",
        country="GB",
        address={"line1": "1 Gillette Way", "city": "Reading", "postal_code": "RG2 0BS"},
        latitude=51.43,
        longitude=-0.97,
        time_zone="Europe/London",
        opening_hours=WEEK,
        cutoff_local=time(15),
        processing_hours=24,
        priority=10,
    ),
    LocationRow(
        code="venlo",
        name="Venlo warehouse",
        kind="warehouse",
        country="NL",
        address={"line1": "8 Fresh Park", "city": "Venlo", "postal_code": "5928 RK"},
        latitude=51.39,
        longitude=6.12,
        time_zone="Europe/Amsterdam",
        opening_hours=WEEK,
        cutoff_local=time(14),
        processing_hours=24,
        priority=20,
    ),
    LocationRow(
        code="london",
        name="London store",
        kind="store",
        country="GB",
        address={"line1": "2 High Street", "city": "London", "postal_code": "N1 9GU"},
        latitude=51.53,
        longitude=-0.12,
        time_zone="Europe/London",
        opening_hours=WEEK_AND_SATURDAY,
        processing_hours=4,
        daily_capacity=200,
        can_pickup=True,
        priority=30,
    ),
]
GROUPS = [
    LocationGroupRow(code="all", name="All locations", locations=["reading", "venlo", "london"]),
    LocationGroupRow(code="warehouses", name="Warehouses", locations=["reading", "venlo"]),
    LocationGroupRow(code="stores", name="Stores", locations=["london"]),
]
METHODS = [
    MethodRow(code="standard", name="Standard delivery", kind="ship", carrier="post"),
    MethodRow(code="express", name="Express delivery", kind="ship", carrier="courier"),
    MethodRow(code="pickup", name="Pick up in store", kind="pickup"),
    MethodRow(code="digital", name="By e-mail", kind="digital"),
]
TRANSIT = [
    TransitRow(
        method=method,
        from_country=origin,
        to_country=to,
        min_days=days[0],
        max_days=days[1],
        cost_minor=cost,
        currency="GBP",
    )
    for method, origin, to, days, cost in (
        ("standard", "GB", "GB", (1, 2), 350),
        ("standard", "NL", "NL", (1, 2), 400),
        ("standard", "*", "*", (3, 6), 900),
        ("express", "GB", "GB", (1, 1), 800),
        ("express", "*", "*", (1, 3), 1900),
        ("pickup", "*", "*", (0, 0), 0),
        ("digital", "*", "*", (0, 0), 0),
    )
]
CHANNELS = [
    ChannelRow(code="web", name="Web shop", kind="web", currency="GBP", location_group="all"),
    ChannelRow(
        code="marketplace",
        name="Marketplace",
        kind="marketplace",
        currency="EUR",
        location_group="warehouses",
        stock_share_percent=50,
        stock_threshold=2,
        settings=ChannelSettings(unknown_sku="hold", address_doubt="hold", allow_backorder=False),
    ),
    ChannelRow(
        code="store",
        name="London till",
        kind="store",
        currency="GBP",
        location_group="stores",
        settings=ChannelSettings(default_method="pickup", capture_when="placement"),
    ),
]
PRODUCTS = [ProductRow(code="LANTERN", title="Lantern", brand="Glow")]
SKUS = [
    SkuRow(code="MUG", title="Mug", barcodes=["4006381333931"], weight_grams=350),
    SkuRow(code="PLATE", title="Plate", weight_grams=500),
    SkuRow(code="BOWL", title="Bowl", weight_grams=400),
    SkuRow(code="LANTERN-S", title="Lantern, small", product="LANTERN", weight_grams=700),
    SkuRow(code="LANTERN-L", title="Lantern, large", product="LANTERN", weight_grams=1500),
    SkuRow(code="CLOCK", title="Clock", weight_grams=900, backorder_cap=10, backorder_lead_days=7),
    SkuRow(code="GAME", title="Board game", backorder_cap=100, preorder_until=date(2026, 2, 2)),
    SkuRow(code="SALE", title="Clearance item", returnable=False),
    SkuRow(code="EBOOK", title="Cook book, digital", kind="digital", tax_class="books"),
    SkuRow(code="OLD", title="No longer sold", active=False),
    SkuRow(
        code="SET",
        title="Table set",
        components=[ComponentRow("MUG", 2), ComponentRow("PLATE", 1)],
    ),
]


async def make_business(db: Database, now: datetime) -> Business:
    """Write the business into a migrated database and return its ids by code."""
    async with db.transaction() as tx:
        how = {"by": SYSTEM, "now": now}
        locations = _ids(await catalogue.upsert_locations(tx, LOCATIONS, **how))
        groups = _ids(await catalogue.upsert_location_groups(tx, GROUPS, **how))
        methods = _ids(await catalogue.upsert_methods(tx, METHODS, **how))
        _ids(await catalogue.upsert_transit_times(tx, TRANSIT, **how))
        channels = _ids(await catalogue.upsert_channels(tx, CHANNELS, **how))
        products = _ids(await catalogue.upsert_products(tx, PRODUCTS, **how))
        skus = _ids(await catalogue.upsert_skus(tx, SKUS, **how))
    return Business(locations, groups, channels, products, skus, tuple(methods))


def _ids(outcomes: list[Outcome]) -> dict[str, UUID]:
    ids = {}
    for outcome in outcomes:
        assert isinstance(outcome, Taken), outcome
        ids[outcome.code] = outcome.subject_id
    return ids


@pytest.fixture
async def business(db: Database, clock: FixedClock) -> Business:
    """Make the business in the database of this test."""
    return await make_business(db, clock.now())
