"""The nouns of orders: what a channel hands in, what may be refused, and what is kept."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

MOST_LINES = 5000
MOST_UNITS = 1_000_000
MOST_UNITS_AN_ORDER = 2_000_000_000

Code = Annotated[str, Meta(min_length=1, max_length=100)]
ExternalId = Annotated[str, Meta(min_length=1, max_length=200)]
ShortText = Annotated[str, Meta(max_length=500)]
LongText = Annotated[str, Meta(max_length=10_000)]
Minor = Annotated[int, Meta(ge=0, lt=10**15)]
Units = Annotated[int, Meta(ge=1, le=MOST_UNITS)]
CurrencyCode = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class Refusal(StrEnum):
    """Why a command on orders was not done."""

    CHANNEL_UNKNOWN = "channel_unknown"
    CHANNEL_CLOSED = "channel_closed"
    CURRENCY_UNKNOWN = "currency_unknown"
    SKU_UNKNOWN = "sku_unknown"
    SKU_INACTIVE = "sku_inactive"
    DELIVERY_GROUP_UNKNOWN = "delivery_group_unknown"
    DELIVERY_GROUP_MISSING = "delivery_group_missing"
    DELIVERY_GROUP_REPEATED = "delivery_group_repeated"
    DELIVERY_GROUP_EMPTY = "delivery_group_empty"
    DELIVERY_METHOD_UNKNOWN = "delivery_method_unknown"
    PICKUP_LOCATION_UNKNOWN = "pickup_location_unknown"
    ADDRESS_IMPOSSIBLE = "address_impossible"
    TOO_MANY_UNITS = "too_many_units"
    UNIT_PRICE_INVALID = "unit_price_invalid"
    LINE_AMOUNT_MISMATCH = "line_amount_mismatch"
    DISCOUNT_TOO_LARGE = "discount_too_large"
    TAX_TOO_LARGE = "tax_too_large"
    DISCOUNT_WITH_TAX = "discount_with_tax"
    TOTAL_MISMATCH = "total_mismatch"
    PAYMENTS_EXCEED_TOTAL = "payments_exceed_total"
    GATEWAY_UNKNOWN = "gateway_unknown"
    PLACED_IN_THE_FUTURE = "placed_in_the_future"
    PLACED_TOO_LONG_AGO = "placed_too_long_ago"
    OUT_OF_STOCK = "out_of_stock"
    RESERVATION_UNKNOWN = "reservation_unknown"
    PRICE_MISMATCH = "price_mismatch"
    PROMOTION_REFUSED = "promotion_refused"
    PAYMENT_REFERENCE_USED = "payment_reference_used"
    PAYMENT_REFUSED = "payment_refused"
    EXTERNAL_ID_REUSED = "external_id_reused"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    ORDER_NOT_FOUND = "order_not_found"
    HOLD_NOT_FOUND = "hold_not_found"
    HOLD_ALREADY_RELEASED = "hold_already_released"
    ORDER_IS_CLOSED = "order_is_closed"
    ORDER_CHANGED_MEANWHILE = "order_changed_meanwhile"
    ORDER_NAMED_TWICE = "order_named_twice"
    LINE_UNKNOWN = "line_unknown"
    LINE_NAMED_TWICE = "line_named_twice"
    NOTHING_LEFT_TO_CANCEL = "nothing_left_to_cancel"
    UNITS_ALREADY_SHIPPED = "units_already_shipped"
    UNITS_BEING_WORKED_ON = "units_being_worked_on"


class HoldKind(StrEnum):
    """What a hold waits for."""

    FRAUD = "fraud"
    ADDRESS = "address"
    REMORSE = "remorse"
    MANUAL = "manual"
    UNKNOWN_SKU = "unknown_sku"
    PRICE = "price"
    PAYMENT = "payment"
    POLICY = "policy"


class Address(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A postal address; `country` is ISO 3166-1 alpha-2."""

    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    name: ShortText | None = None
    company: ShortText | None = None
    line1: ShortText | None = None
    line2: ShortText | None = None
    city: ShortText | None = None
    region: ShortText | None = None
    postal_code: Annotated[str, Meta(max_length=20)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    email: Annotated[str, Meta(max_length=320)] | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None


class Buyer(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Who buys, as the channel says; a guest has no `external_id`."""

    external_id: ExternalId | None = None
    email: Annotated[str, Meta(max_length=320)] | None = None
    email_verified: bool = False
    name: ShortText | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None


class PlaceGroup(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A delivery group of an order that is handed in."""

    key: Code
    method: Code | None = None
    ship_to: Address | None = None
    shipping_minor: Minor = 0
    shipping_tax_minor: Minor = 0
    gift_message: LongText | None = None
    instructions: LongText | None = None
    requested_on: date | None = None
    pickup_location: Code | None = None


class PlaceLine(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A line of an order that is handed in; `amount_minor` is before any discount."""

    sku: Code
    quantity: Units
    unit_price: Annotated[str, Meta(max_length=40)]
    amount_minor: Minor
    discount_minor: Minor = 0
    tax_minor: Minor = 0
    delivery_group: Code | None = None
    title: ShortText | None = None
    external_id: ExternalId | None = None
    gift_message: LongText | None = None
    attributes: dict[str, Any] | None = None


class PlaceCharge(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An order-level discount or fee, spread over the lines; only a fee has tax of its own."""

    code: Code
    amount_minor: Minor
    title: ShortText | None = None
    tax_minor: Minor = 0


class PlacePayment(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How part of the total is paid: authorized already (`authorization_ref`) or by `token`."""

    gateway: Code
    amount_minor: Annotated[int, Meta(ge=1, lt=10**15)]
    method: Code = "card"
    authorization_ref: ExternalId | None = None
    token: ExternalId | None = None
    expires_at: datetime | None = None


class PlaceHold(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A hold that the channel asks for, such as its own fraud check."""

    kind: HoldKind
    reason: ShortText


class PlaceOrder(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An order as a channel hands it in.

    `ship_to` and `delivery_method` are short for a single delivery group. In `tax_mode` gross the
    amounts contain the taxes beside them; in net the taxes come on top. `total_minor` must be what
    the parts sum to, and is what the gateways are asked for.
    """

    channel: Code
    external_id: ExternalId
    currency: CurrencyCode
    lines: Annotated[list[PlaceLine], Meta(min_length=1, max_length=MOST_LINES)]
    total_minor: Minor
    placed_at: datetime | None = None
    tax_mode: Annotated[str, Meta(pattern="^(gross|net)$")] = "gross"
    customer: Buyer | None = None
    bill_to: Address | None = None
    delivery_groups: Annotated[list[PlaceGroup], Meta(max_length=1000)] = []
    ship_to: Address | None = None
    delivery_method: Code | None = None
    discounts: Annotated[list[PlaceCharge], Meta(max_length=200)] = []
    fees: Annotated[list[PlaceCharge], Meta(max_length=200)] = []
    payments: Annotated[list[PlacePayment], Meta(max_length=100)] = []
    promotion_codes: Annotated[list[Code], Meta(max_length=50)] = []
    holds: Annotated[list[PlaceHold], Meta(max_length=20)] = []
    reservation_id: UUID | None = None
    note: LongText | None = None
    tags: Annotated[list[Code], Meta(max_length=100)] = []
    attributes: dict[str, Any] = {}


class Line(Struct):
    """A line as it is kept: every share of order-level money assigned, `total_minor` final."""

    line_no: int
    group_no: int
    sku_id: UUID | None
    sku_code: str
    title: str
    kind: str
    is_kit: bool
    unit_price: Decimal
    ordered: int
    amount_minor: int
    discount_minor: int
    order_discount_minor: int
    shipping_minor: int
    fee_minor: int
    tax_minor: int
    shipping_tax_minor: int
    total_minor: int
    components: tuple[tuple[UUID, int], ...] = ()
    external_id: str | None = None
    gift_message: str | None = None
    attributes: dict[str, Any] | None = None
    promised_at: datetime | None = None


class Group(Struct):
    """A delivery group as it is kept."""

    group_no: int
    key: str
    method_code: str
    ship_to: Address
    shipping_minor: int
    shipping_tax_minor: int
    gift_message: str | None
    instructions: str | None
    requested_on: date | None
    pickup_location_id: UUID | None
    promised_ship_by: datetime | None = None
    promised_at: datetime | None = None
    basis: dict[str, Any] = {}


class Hold(Struct):
    """A hold to be placed."""

    kind: HoldKind
    reason: str
    facts: dict[str, Any] = {}
    group_no: int | None = None
    expires_at: datetime | None = None


class OrderSummary(Struct, frozen=True, omit_defaults=True):
    """What the answer to a placed order says."""

    order_id: UUID
    order_number: str
    lifecycle: str
    payment_status: str
    fulfillment_status: str
    return_status: str
    holds: list[str]
    version: int
    promised_at: datetime | UnsetType | None = UNSET


class CancelLine(Struct, frozen=True):
    """One line as it is under the lock; `parts` are (SKU, how many of it make one unit)."""

    line_no: int
    group_no: int
    title: str
    ordered: int
    canceled: int
    allocated: int
    fulfilled: int
    total_minor: int
    canceled_minor: int
    parts: tuple[tuple[UUID, int], ...] = ()

    @property
    def unallocated(self) -> int:
        """Return how many units no location has yet."""
        return self.ordered - self.canceled - self.allocated - self.fulfilled

    @property
    def left(self) -> int:
        """Return how many units have neither left nor been canceled."""
        return self.unallocated + self.allocated


class CancelFacts(Struct, frozen=True):
    """One order as it is under the lock."""

    order_id: UUID
    order_number: str
    version: int
    lifecycle: str
    channel_id: UUID
    currency: str
    total_minor: int
    canceled_minor: int
    email: str | None
    lines: tuple[CancelLine, ...]


class CancelAsked(Struct, frozen=True):
    """What is to be canceled of one order: units by line, everything left without `units`.

    With a `version` only if the order still is as it was at that version.
    """

    order_id: UUID
    reason: str
    units: Mapping[int, int] | None = None
    note: str | None = None
    version: int | None = None


class Cancel(Struct, frozen=True):
    """What will be canceled of one order; `recalled` units come back from locations first."""

    facts: CancelFacts
    asked: CancelAsked
    units: dict[int, int]
    values: dict[int, int]
    recalled: dict[int, int] = field(default_factory=dict)

    @property
    def value_minor(self) -> int:
        """Return what the canceled units are worth, in minor units."""
        return sum(self.values.values())

    @property
    def total_minor(self) -> int:
        """Return what the order costs without them."""
        return self.facts.total_minor - self.facts.canceled_minor - self.value_minor

    @property
    def is_whole(self) -> bool:
        """Return whether nothing of the order is left."""
        return all(
            line.ordered == line.canceled + self.units.get(line.line_no, 0)
            for line in self.facts.lines
        )

    @property
    def groups_at_rest(self) -> list[int]:
        """Return the delivery groups with no unit left that wants a location."""
        waiting = {
            line.group_no
            for line in self.facts.lines
            if line.unallocated + self.recalled.get(line.line_no, 0)
            > self.units.get(line.line_no, 0)
        }
        return sorted({line.group_no for line in self.facts.lines} - waiting)
