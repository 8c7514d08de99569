"""The rows that make or change the catalogue, as API and files hand them in."""

from datetime import date, time
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from argosy.catalogue.model.nouns import ChannelSettings, Code, Natural

ShortText = Annotated[str, Meta(min_length=1, max_length=500)]
LongText = Annotated[str, Meta(max_length=10_000)]
Positive = Annotated[int, Meta(ge=1, le=2_000_000_000)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
AnyCountry = Annotated[str, Meta(pattern=r"^([A-Z]{2}|\*)$")]
CurrencyCode = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
OpeningHours = dict[str, Annotated[list[tuple[str, str]], Meta(max_length=10)]]


class ProductRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A product to be made or changed, by its code."""

    code: Code
    title: ShortText
    description: LongText | None = None
    brand: ShortText | None = None
    attributes: dict[str, Any] = {}

    __examples__ = ({"code": "LANTERN", "title": "White metal lantern", "brand": "Glow"},)


class ComponentRow(Struct, forbid_unknown_fields=True):
    """A part of a kit: the component's code and how many one kit has."""

    sku: Code
    quantity: Annotated[int, Meta(ge=1, le=10_000)] = 1


class SkuRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A SKU to be made or changed, by its code; with `components` it is a kit.

    Barcodes of 8, 12, 13 or 14 digits must have the check digit of a GTIN; others are free.
    `backorder_cap` is how many units may be sold beyond stock, before `preorder_until` as
    pre-orders.
    """

    code: Code
    title: ShortText
    product: Code | None = None
    barcodes: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=50)]], Meta(max_length=50)
    ] = []
    kind: Literal["physical", "digital", "service"] = "physical"
    components: Annotated[list[ComponentRow], Meta(max_length=200)] = []
    tax_class: Code = "standard"
    weight_grams: Positive | None = None
    length_mm: Positive | None = None
    width_mm: Positive | None = None
    height_mm: Positive | None = None
    returnable: bool = True
    backorder_cap: Natural = 0
    backorder_lead_days: Annotated[int, Meta(ge=0, le=3650)] | None = None
    preorder_until: date | None = None
    active: bool = True
    attributes: dict[str, Any] = {}

    __examples__ = (
        {
            "code": "85123A",
            "title": "White hanging heart T-light holder",
            "barcodes": ["4006381333931"],
            "weight_grams": 120,
            "backorder_cap": 50,
        },
        {
            "code": "GIFT-SET",
            "title": "Gift set",
            "components": [{"sku": "85123A", "quantity": 2}, {"sku": "71053", "quantity": 1}],
        },
    )


class SkuRename(Struct, forbid_unknown_fields=True):
    """A SKU's present code and its new one; stock, orders and prices stay with the SKU."""

    code: Code
    new_code: Code


class LocationRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A location to be made or changed, by its code.

    `opening_hours` has local times by weekday (`mon` … `sun`), for instance
    `{"mon": [["09:00", "17:00"]]}`; a weekday left out is closed, no hours at all mean Monday to
    Friday from nine to five. An order after `cutoff_local` is begun on the next open day.
    """

    code: Code
    name: ShortText
    kind: Literal["warehouse", "store", "drop_ship"]
    country: Country
    address: dict[str, Any] = {}
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    time_zone: Code = "UTC"
    opening_hours: OpeningHours = {}
    cutoff_local: time | None = None
    processing_hours: Annotated[int, Meta(ge=0, le=8760)] = 24
    daily_capacity: Natural | None = None
    can_ship: bool = True
    can_pickup: bool = False
    can_return: bool = True
    priority: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    order_cost_minor: Natural = 0
    active: bool = True

    __examples__ = (
        {
            "code": "london",
            "name": "London store",
            "kind": "store",
            "country": "GB",
            "time_zone": "Europe/London",
            "opening_hours": {"mon": [["09:00", "18:00"]], "sat": [["10:00", "16:00"]]},
            "cutoff_local": "15:00:00",
            "processing_hours": 4,
            "can_pickup": True,
        },
    )


class LocationGroupRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A named set of locations to be made or changed, by its code."""

    code: Code
    name: ShortText
    locations: Annotated[list[Code], Meta(max_length=10_000)] = []

    __examples__ = ({"code": "uk", "name": "All of the UK", "locations": ["london", "leeds"]},)


class ChannelRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A channel to be made or changed, by its code.

    It sells `stock_share_percent` of what its location group can promise, and leaves
    `stock_threshold` units of each SKU unsold.
    """

    code: Code
    name: ShortText
    kind: Literal["web", "marketplace", "store", "call_centre", "agent"]
    currency: CurrencyCode
    location_group: Code
    is_open: bool = True
    stock_share_percent: Annotated[int, Meta(ge=0, le=100)] = 100
    stock_threshold: Natural = 0
    settings: ChannelSettings = ChannelSettings()

    __examples__ = (
        {
            "code": "web",
            "name": "Web shop",
            "kind": "web",
            "currency": "GBP",
            "location_group": "uk",
            "settings": {"price_mismatch": "hold", "price_tolerance_percent": "1"},
        },
    )


class MethodRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A delivery method to be made or changed, by its code."""

    code: Code
    name: ShortText
    kind: Literal["ship", "pickup", "digital"]
    carrier: Code | None = None
    active: bool = True

    __examples__ = (
        {"code": "standard", "name": "Standard delivery", "kind": "ship", "carrier": "post"},
    )


class TransitRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """Days and cost of a method from country to country; * stands for any."""

    method: Code
    from_country: AnyCountry
    to_country: AnyCountry
    min_days: Annotated[int, Meta(ge=0, le=365)]
    max_days: Annotated[int, Meta(ge=0, le=365)]
    cost_minor: Natural = 0
    currency: CurrencyCode

    __examples__ = (
        {
            "method": "standard",
            "from_country": "GB",
            "to_country": "*",
            "min_days": 3,
            "max_days": 7,
            "cost_minor": 900,
            "currency": "GBP",
        },
    )


class TransitKey(Struct, forbid_unknown_fields=True, kw_only=True):
    """A transit time to be taken away; what is more general then counts."""

    method: Code
    from_country: AnyCountry
    to_country: AnyCountry
