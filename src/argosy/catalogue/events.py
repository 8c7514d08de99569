"""What the catalogue publishes."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from argosy.kernel.events import publishes


@publishes("product.changed.v1", subject="product")
class ProductChanged(Struct, frozen=True):
    """A product was made or changed."""

    product_id: UUID
    code: str
    title: str
    changed_by: str


@publishes("sku.changed.v1", subject="sku")
class SkuChanged(Struct, frozen=True):
    """A SKU was made or changed; after a change of its code, `previous_code` is the old one."""

    sku_id: UUID
    code: str
    title: str
    kind: str
    is_kit: bool
    active: bool
    backorder_cap: int
    backorder_lead_days: int | None
    preorder_until: date | None
    previous_code: str | None
    changed_by: str


@publishes("location.changed.v1", subject="location")
class LocationChanged(Struct, frozen=True):
    """A location was made or changed."""

    location_id: UUID
    code: str
    name: str
    kind: str
    active: bool
    changed_by: str


@publishes("location_group.changed.v1", subject="location_group")
class LocationGroupChanged(Struct, frozen=True):
    """A location group was made or changed; `location_ids` are all its members."""

    location_group_id: UUID
    code: str
    name: str
    location_ids: list[UUID]
    changed_by: str


@publishes("channel.changed.v1", subject="channel")
class ChannelChanged(Struct, frozen=True):
    """A channel was made or changed."""

    channel_id: UUID
    code: str
    name: str
    kind: str
    is_open: bool
    changed_by: str
