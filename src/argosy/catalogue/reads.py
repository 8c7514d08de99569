"""Questions about the catalogue: lists by code, and one by its id.

Products and SKUs may be many and are read from their tables; locations, groups, channels and
methods are few and come from the copy in memory.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Literal, TypeVar
from uuid import UUID

from msgspec import Struct

from argosy.catalogue.model import ChannelSettings, Network
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements(__package__)

T = TypeVar("T")


class ProductView(Struct, frozen=True):
    """A product; `skus` is how many SKUs it has."""

    product_id: UUID
    code: str
    title: str
    description: str | None
    brand: str | None
    attributes: dict[str, Any]
    skus: int
    version: int
    created_at: datetime
    changed_at: datetime


class ComponentView(Struct, frozen=True):
    """A part of a kit, and how many of it one kit has."""

    sku_id: UUID
    sku: str
    quantity: int


class SkuView(Struct, frozen=True):
    """A SKU; one with components is a kit and has no stock of its own."""

    sku_id: UUID
    code: str
    title: str
    product: str | None
    barcodes: list[str]
    kind: Literal["physical", "digital", "service"]
    is_kit: bool
    components: list[ComponentView]
    tax_class: str
    weight_grams: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    returnable: bool
    backorder_cap: int
    backorder_lead_days: int | None
    preorder_until: date | None
    active: bool
    attributes: dict[str, Any]
    version: int
    created_at: datetime
    changed_at: datetime


class KitUse(Struct, frozen=True):
    """A kit that a SKU is part of."""

    kit_sku_id: UUID
    code: str
    active: bool
    quantity: int


class GroupView(Struct, frozen=True):
    """A location group with its members, in the order in which they are promised from."""

    location_group_id: UUID
    code: str
    name: str
    locations: list[str]
    version: int


class ChannelView(Struct, frozen=True):
    """A channel, the location group it sells from, and how it captures orders."""

    channel_id: UUID
    code: str
    name: str
    kind: str
    currency: str
    location_group: str
    is_open: bool
    stock_share_percent: int
    stock_threshold: int
    settings: ChannelSettings
    version: int


class TransitView(Struct, frozen=True):
    """Days and cost of a method from country to country; * stands for any."""

    method: str
    from_country: str
    to_country: str
    min_days: int
    max_days: int
    cost_minor: int
    currency: str


class SkuFilters(Struct, frozen=True):
    """What narrows a list of SKUs; all of them together."""

    code: str | None = None
    barcode: str | None = None
    product: str | None = None
    is_kit: bool | None = None
    active: bool | None = None
    sku_ids: Sequence[UUID] | None = None


async def list_products(
    tx: Tx,
    *,
    after: str | None = None,
    code: str | None = None,
    brand: str | None = None,
    product_ids: Sequence[UUID] | None = None,
    limit: int = 50,
) -> list[ProductView]:
    """Return products by code."""
    rows = await tx.fetch(sql("list_products"), after, code, brand, product_ids, limit)
    return [ProductView(**row) for row in rows]


async def list_skus(
    tx: Tx, filters: SkuFilters, *, after: str | None = None, limit: int = 50
) -> list[SkuView]:
    """Return SKUs by code."""
    rows = await tx.fetch(
        sql("list_skus"),
        after,
        filters.code,
        filters.barcode,
        filters.product,
        filters.is_kit,
        filters.active,
        filters.sku_ids,
        limit,
    )
    return [_sku(dict(row)) for row in rows]


def _sku(fields: dict[str, Any]) -> SkuView:
    components = [
        ComponentView(UUID(part["sku_id"]), part["sku"], part["quantity"])
        for part in fields.pop("components")
    ]
    return SkuView(**fields, components=components)


async def get_sku(tx: Tx, sku_id: UUID) -> SkuView | None:
    """Return one SKU."""
    found = await list_skus(tx, SkuFilters(sku_ids=[sku_id]), limit=1)
    return found[0] if found else None


async def get_product(tx: Tx, product_id: UUID) -> ProductView | None:
    """Return one product."""
    found = await list_products(tx, product_ids=[product_id], limit=1)
    return found[0] if found else None


async def list_kits_of(tx: Tx, sku_id: UUID) -> list[KitUse]:
    """Return the kits that a SKU is part of."""
    rows = await tx.fetch(sql("list_kits_of"), [sku_id])
    return [KitUse(row["kit_sku_id"], row["code"], row["active"], row["quantity"]) for row in rows]


def group_views(network: Network) -> list[GroupView]:
    """Return every location group."""
    return [
        GroupView(
            each.location_group_id,
            each.code,
            each.name,
            [network.locations[location_id].code for location_id in each.location_ids],
            each.version,
        )
        for each in network.named_groups.values()
    ]


def channel_views(network: Network) -> list[ChannelView]:
    """Return every channel."""
    groups = {each.location_group_id: each.code for each in network.named_groups.values()}
    return [
        ChannelView(
            channel_id=each.channel_id,
            code=each.code,
            name=each.name,
            kind=each.kind,
            currency=each.currency,
            location_group=groups[each.location_group_id],
            is_open=each.is_open,
            stock_share_percent=each.stock_share_percent,
            stock_threshold=each.stock_threshold,
            settings=each.settings,
            version=each.version,
        )
        for each in network.channels.values()
    ]


def transit_views(network: Network) -> list[TransitView]:
    """Return every transit time."""
    return [
        TransitView(*key, each.min_days, each.max_days, each.cost_minor, each.currency)
        for key, each in network.transit.items()
    ]


def part_after(
    every: Iterable[T], key: Callable[[T], Any], after: Any | None, limit: int
) -> list[T]:
    """Return up to `limit` of `every`, sorted by `key`, that come after the key `after`."""
    ordered = sorted(every, key=key)
    return [each for each in ordered if after is None or key(each) > after][:limit]
