"""Rows as they are kept, and what stands already: what decisions about rows are made of."""

from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct


class ProductRecord(Struct, frozen=True):
    """A product as it is kept."""

    product_id: UUID
    code: str
    title: str
    description: str | None = None
    brand: str | None = None
    attributes: dict[str, Any] = {}


class SkuRecord(Struct, frozen=True):
    """A SKU as it is kept; components are (SKU id, units), sorted by id."""

    sku_id: UUID
    code: str
    title: str
    product_id: UUID | None = None
    barcodes: tuple[str, ...] = ()
    kind: str = "physical"
    is_kit: bool = False
    components: tuple[tuple[UUID, int], ...] = ()
    tax_class: str = "standard"
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    returnable: bool = True
    backorder_cap: int = 0
    backorder_lead_days: int | None = None
    preorder_until: date | None = None
    active: bool = True
    attributes: dict[str, Any] = {}


class SkuFacts(Struct, frozen=True):
    """What stands already about the SKUs that rows speak of.

    `skus` are those named as rows or as parts, with their versions; `inside_kits` are the ids of
    those that some kit contains; `barcodes` says which SKU code has a barcode.
    """

    skus: dict[str, tuple[SkuRecord, int]]
    inside_kits: frozenset[UUID]
    products: dict[str, UUID]
    barcodes: dict[str, str]


class TransitRecord(Struct, frozen=True):
    """A transit time as it is kept."""

    method_code: str
    from_country: str
    to_country: str
    min_days: int
    max_days: int
    cost_minor: int
    currency: str
