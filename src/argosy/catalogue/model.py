"""The nouns of the catalogue: SKUs, locations, groups, channels and delivery methods."""

from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

Code = Annotated[str, Meta(min_length=1, max_length=100)]
ShortText = Annotated[str, Meta(min_length=1, max_length=500)]
Natural = Annotated[int, Meta(ge=0, le=2_000_000_000)]
Positive = Annotated[int, Meta(ge=1, le=2_000_000_000)]
Country = Annotated[str, Meta(pattern=r"^([A-Z]{2}|\*)$")]


class Refusal(StrEnum):
    """Why a row of the catalogue was not taken."""

    CODE_REPEATED = "code_repeated"
    CODE_TAKEN = "code_taken"
    SKU_UNKNOWN = "sku_unknown"
    PRODUCT_UNKNOWN = "product_unknown"
    KIT_WITHOUT_COMPONENTS = "kit_without_components"
    KIT_INSIDE_KIT = "kit_inside_kit"
    COMPONENT_UNKNOWN = "component_unknown"
    BARCODE_INVALID = "barcode_invalid"
    TIME_ZONE_UNKNOWN = "time_zone_unknown"
    OPENING_HOURS_INVALID = "opening_hours_invalid"
    LOCATION_UNKNOWN = "location_unknown"
    LOCATION_GROUP_UNKNOWN = "location_group_unknown"
    CURRENCY_UNKNOWN = "currency_unknown"
    METHOD_UNKNOWN = "method_unknown"
    TRANSIT_DAYS_REVERSED = "transit_days_reversed"


class Sku(Struct, frozen=True):
    """What is stocked and sold; a kit has components (SKU id and units per kit) and no stock."""

    sku_id: UUID
    code: str
    title: str
    kind: str = "physical"
    is_kit: bool = False
    components: tuple[tuple[UUID, int], ...] = ()
    tax_class: str = "standard"
    weight_grams: int | None = None
    returnable: bool = True
    backorder_cap: int = 0
    backorder_lead_days: int | None = None
    preorder_until: date | None = None
    active: bool = True


class Location(Struct, frozen=True):
    """Where stock lies and work is done; hours are local, `opening_hours` by weekday (mon … sun)."""

    location_id: UUID
    code: str
    name: str
    kind: str
    country: str
    address: dict[str, Any]
    time_zone: str = "UTC"
    latitude: float | None = None
    longitude: float | None = None
    opening_hours: dict[str, list[tuple[str, str]]] = {}
    cutoff_local: time | None = None
    processing_hours: int = 24
    daily_capacity: int | None = None
    can_ship: bool = True
    can_pickup: bool = False
    can_return: bool = True
    priority: int = 100
    order_cost_minor: int = 0
    active: bool = True


class ChannelSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How a channel captures orders.

    `unknown_sku`, `address_doubt` and `price_mismatch` say what becomes of orders the business may
    want to see: refused, held, or accepted. The price tolerance is a percentage of the list price,
    `total_tolerance_minor` an amount. `capture_when` is when authorized money is captured.
    """

    unknown_sku: Annotated[str, Meta(pattern="^(refuse|hold)$")] = "refuse"
    address_doubt: Annotated[str, Meta(pattern="^(accept|hold)$")] = "accept"
    price_mismatch: Annotated[str, Meta(pattern="^(accept|hold|refuse)$")] = "accept"
    price_tolerance_percent: Decimal = Decimal(0)
    total_tolerance_minor: Natural = 0
    allow_backorder: bool = True
    capture_when: Annotated[str, Meta(pattern="^(placement|release|shipment)$")] = "shipment"
    remorse_minutes: Annotated[int, Meta(ge=0, le=60 * 24 * 30)] = 0
    default_method: Code = "standard"
    part_ship: bool = True


class Channel(Struct, frozen=True):
    """Where orders come from, and which locations it sells from."""

    channel_id: UUID
    code: str
    name: str
    kind: str
    currency: str
    location_group_id: UUID
    is_open: bool = True
    stock_share_percent: int = 100
    stock_threshold: int = 0
    settings: ChannelSettings = ChannelSettings()


class DeliveryMethod(Struct, frozen=True):
    """How goods reach the recipient: shipped, picked up, or digitally."""

    code: str
    name: str
    kind: str
    carrier: str | None = None
    active: bool = True


class Transit(Struct, frozen=True):
    """Days on the road and what it costs, in minor units of `currency`."""

    min_days: int
    max_days: int
    cost_minor: int
    currency: str


class Network(Struct):
    """A copy in memory of everything that decides where orders may go; small and read-only."""

    version: int
    channels: dict[UUID, Channel]
    locations: dict[UUID, Location]
    groups: dict[UUID, tuple[UUID, ...]]
    methods: dict[str, DeliveryMethod]
    transit: dict[tuple[str, str, str], Transit]
    channel_codes: dict[str, UUID] = {}
    location_codes: dict[str, UUID] = {}
    skus_by_code: dict[str, Sku] = {}
    skus_by_id: dict[UUID, Sku] = {}

    def __post_init__(self) -> None:
        self.channel_codes = {each.code: each.channel_id for each in self.channels.values()}
        self.location_codes = {each.code: each.location_id for each in self.locations.values()}

    def channel_by_code(self, code: str) -> Channel | None:
        """Return the channel called `code`, or None."""
        channel_id = self.channel_codes.get(code)
        return None if channel_id is None else self.channels[channel_id]

    def location_by_code(self, code: str) -> Location | None:
        """Return the location called `code`, or None."""
        location_id = self.location_codes.get(code)
        return None if location_id is None else self.locations[location_id]

    def group_locations(self, location_group_id: UUID) -> tuple[Location, ...]:
        """Return the active locations of a group, by priority."""
        return tuple(
            self.locations[each]
            for each in self.groups.get(location_group_id, ())
            if self.locations[each].active
        )

    def transit_between(self, method: str, from_country: str, to_country: str) -> Transit | None:
        """Return days and cost, the more exact entry first; * in an entry stands for any."""
        for key in (
            (method, from_country, to_country),
            (method, from_country, "*"),
            (method, "*", to_country),
            (method, "*", "*"),
        ):
            found = self.transit.get(key)
            if found is not None:
                return found
        return None


class ProductRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A product to be made or changed, by its code."""

    code: Code
    title: ShortText
    description: str | None = None
    brand: str | None = None
    attributes: dict[str, Any] = {}


class ComponentRow(Struct, forbid_unknown_fields=True):
    """A part of a kit: the component's code and how many one kit has."""

    sku: Code
    quantity: Positive = 1


class SkuRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A SKU to be made or changed, by its code; with `components` it is a kit."""

    code: Code
    title: ShortText
    product: Code | None = None
    barcodes: list[Annotated[str, Meta(min_length=1, max_length=50)]] = []
    kind: Annotated[str, Meta(pattern="^(physical|digital|service)$")] = "physical"
    components: list[ComponentRow] = []
    tax_class: Code = "standard"
    weight_grams: Positive | None = None
    length_mm: Positive | None = None
    width_mm: Positive | None = None
    height_mm: Positive | None = None
    returnable: bool = True
    backorder_cap: Natural = 0
    backorder_lead_days: Natural | None = None
    preorder_until: date | None = None
    active: bool = True
    attributes: dict[str, Any] = {}


class LocationRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A location to be made or changed, by its code."""

    code: Code
    name: ShortText
    kind: Annotated[str, Meta(pattern="^(warehouse|store|drop_ship)$")]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    address: dict[str, Any] = {}
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    time_zone: Code = "UTC"
    opening_hours: dict[str, list[tuple[str, str]]] = {}
    cutoff_local: time | None = None
    processing_hours: Annotated[int, Meta(ge=0, le=8760)] = 24
    daily_capacity: Natural | None = None
    can_ship: bool = True
    can_pickup: bool = False
    can_return: bool = True
    priority: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    order_cost_minor: Natural = 0
    active: bool = True


class LocationGroupRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A named set of locations to be made or changed, by its code."""

    code: Code
    name: ShortText
    locations: list[Code] = []


class ChannelRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A channel to be made or changed, by its code."""

    code: Code
    name: ShortText
    kind: Annotated[str, Meta(pattern="^(web|marketplace|store|call_centre|agent)$")]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    location_group: Code
    is_open: bool = True
    stock_share_percent: Annotated[int, Meta(ge=0, le=100)] = 100
    stock_threshold: Natural = 0
    settings: ChannelSettings = ChannelSettings()


class MethodRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A delivery method to be made or changed, by its code."""

    code: Code
    name: ShortText
    kind: Annotated[str, Meta(pattern="^(ship|pickup|digital)$")]
    carrier: Code | None = None
    active: bool = True


class TransitRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """Days and cost of a method from country to country; * stands for any."""

    method: Code
    from_country: Country
    to_country: Country
    min_days: Annotated[int, Meta(ge=0, le=365)]
    max_days: Annotated[int, Meta(ge=0, le=365)]
    cost_minor: Natural = 0
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
