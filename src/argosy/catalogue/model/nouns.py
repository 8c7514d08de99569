"""The nouns of the catalogue: SKUs, locations, groups, channels and delivery methods."""

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

Code = Annotated[str, Meta(min_length=1, max_length=100)]
Natural = Annotated[int, Meta(ge=0, le=2_000_000_000)]


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
    """Where stock lies and work is done; `opening_hours` are local, by weekday (mon … sun)."""

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
    version: int = 1


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

    def __post_init__(self) -> None:
        percent = self.price_tolerance_percent
        if not percent.is_finite() or not 0 <= percent <= 100:
            raise ValueError("Expected a percentage between 0 and 100")


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
    version: int = 1


class LocationGroup(Struct, frozen=True):
    """A named set of locations, in the order in which they are promised from."""

    location_group_id: UUID
    code: str
    name: str
    location_ids: tuple[UUID, ...] = ()
    version: int = 1


class DeliveryMethod(Struct, frozen=True):
    """How goods reach the recipient: shipped, picked up, or digitally."""

    code: str
    name: str
    kind: str
    carrier: str | None = None
    active: bool = True
    version: int = 1


class Transit(Struct, frozen=True):
    """Days on the road and what it costs, in minor units of `currency`."""

    min_days: int
    max_days: int
    cost_minor: int
    currency: str


class Network(Struct):
    """A copy in memory of everything that decides where orders may go; small and read-only.

    `version` and `stamp` say which state of the catalogue it is; `groups` are the members by id.
    """

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
    stamp: UUID | None = None
    named_groups: dict[str, LocationGroup] = {}

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
