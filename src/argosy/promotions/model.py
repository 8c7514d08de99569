"""The nouns of promotions: price lists, prices, codes with limits, and what orders are told."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from argosy.kernel.refusals import Refused

Code = Annotated[str, Meta(min_length=1, max_length=100)]
ShortText = Annotated[str, Meta(min_length=1, max_length=500)]
Minor = Annotated[int, Meta(ge=0, lt=10**15)]
CurrencyCode = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Moment = Annotated[datetime, Meta(tz=True)]
Uses = Annotated[int, Meta(ge=1, le=2_000_000_000)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000)]
UnitPrice = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$",
        description="A decimal in whole units of the currency, with up to 6 decimals.",
    ),
]


class Refusal(StrEnum):
    """Why prices or codes were not changed, or a code is not good for an order."""

    CODE_REPEATED = "code_repeated"
    CODE_TAKEN = "code_taken"
    CODE_FIXED = "code_fixed"
    CURRENCY_UNKNOWN = "currency_unknown"
    CURRENCY_MISSING = "currency_missing"
    CHANNEL_UNKNOWN = "channel_unknown"
    DATES_REVERSED = "dates_reversed"
    PRICE_LIST_UNKNOWN = "price_list_unknown"
    PRICE_UNKNOWN = "price_unknown"
    SKU_UNKNOWN = "sku_unknown"
    DISCOUNT_UNCLEAR = "discount_unclear"
    LIMIT_BELOW_USES = "limit_below_uses"
    PROMOTION_CODE_UNKNOWN = "promotion_code_unknown"
    PROMOTION_CODE_REPEATED = "promotion_code_repeated"
    PROMOTION_NOT_VALID_NOW = "promotion_not_valid_now"
    PROMOTION_NOT_FOR_CHANNEL = "promotion_not_for_channel"
    PROMOTION_NOT_FOR_CURRENCY = "promotion_not_for_currency"
    PROMOTION_BELOW_MINIMUM = "promotion_below_minimum"
    PROMOTION_USED_UP = "promotion_used_up"
    PROMOTION_USED_BY_CUSTOMER = "promotion_used_by_customer"
    PROMOTION_NEEDS_CUSTOMER = "promotion_needs_customer"


def _check_years(*moments: datetime | None) -> None:
    """Raise ValueError for a time that cannot be kept with every zone, such as that of year 1."""
    for moment in moments:
        if moment is not None and not 1970 <= moment.year <= 9000:
            raise ValueError("Expected a time between the years 1970 and 9000")


class PriceListRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A price list to be made or changed, by its code.

    Without `channel` and `customer_group` it is for all. Of two lists that have a price, the one
    with the lower `priority` counts, then the one for a customer group, then that for a channel.
    """

    code: Code
    name: ShortText
    currency: CurrencyCode
    channel: Code | None = None
    customer_group: Code | None = None
    priority: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    active: bool = True

    def __post_init__(self) -> None:
        _check_years(self.valid_from, self.valid_until)

    __examples__ = ({"code": "retail", "name": "Retail prices", "currency": "GBP"},)


class PriceRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """The price of a SKU in a list, from `min_quantity` units of a line on."""

    price_list: Code
    sku: Code
    unit_price: UnitPrice
    min_quantity: Quantity = 1

    __examples__ = ({"price_list": "retail", "sku": "85123A", "unit_price": "2.55"},)


class PriceKey(Struct, forbid_unknown_fields=True, kw_only=True):
    """A price to be taken away."""

    price_list: Code
    sku: Code
    min_quantity: Quantity = 1


class PromotionCodeRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A promotion code to be made or changed, by its code; case does not matter.

    It takes `percent` or `amount_minor` off the goods, of orders worth `minimum_minor` at least;
    without `channels` in all of them. `most_uses` limits all uses, `most_uses_per_customer` those
    of one customer, who then must be known.
    """

    code: Code
    title: ShortText
    percent: Decimal | None = None
    amount_minor: Annotated[int, Meta(ge=1, lt=10**15)] | None = None
    currency: CurrencyCode | None = None
    minimum_minor: Minor = 0
    channels: Annotated[list[Code], Meta(max_length=500)] = []
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    most_uses: Uses | None = None
    most_uses_per_customer: Uses | None = None
    active: bool = True

    def __post_init__(self) -> None:
        _check_years(self.valid_from, self.valid_until)
        if self.percent is not None and (
            not self.percent.is_finite()
            or not 0 < self.percent <= 100
            or self.percent != round(self.percent, 4)
        ):
            raise ValueError("Expected a percentage above 0 and up to 100, with 4 decimals at most")

    __examples__ = (
        {"code": "SUMMER10", "title": "Ten percent in summer", "percent": "10", "most_uses": 500},
        {
            "code": "WELCOME",
            "title": "Five pounds off the first order",
            "amount_minor": 500,
            "currency": "GBP",
            "minimum_minor": 2500,
            "most_uses_per_customer": 1,
        },
    )


class PriceList(Struct, frozen=True):
    """A price list as it is kept."""

    price_list_id: UUID
    code: str
    name: str
    currency: str
    channel_id: UUID | None = None
    customer_group: str | None = None
    priority: int = 100
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    active: bool = True


class PromotionCode(Struct, frozen=True):
    """A promotion code as it is kept, with how often it was used."""

    promotion_code_id: UUID
    code: str
    title: str
    percent: Decimal | None = None
    amount_minor: int | None = None
    currency: str | None = None
    minimum_minor: int = 0
    channel_ids: tuple[UUID, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    most_uses: int | None = None
    most_uses_per_customer: int | None = None
    used: int = 0
    active: bool = True


class Taken(Struct, frozen=True):
    """A row was taken: whose it is now, at which version, and whether it changed anything."""

    code: str
    subject_id: UUID
    version: int
    change: Literal["created", "changed", "unchanged", "removed"]


Outcome = Taken | Refused


class CustomerKey(Struct, frozen=True):
    """Who orders, as far as the channel says; `name` is what their uses are counted under."""

    scope: str
    key: str

    @property
    def name(self) -> str:
        """Return scope and key as one text."""
        return f"{self.scope} {self.key}"


class Terms(Struct):
    """What orders are checked against, and how many uses are left: a working copy of a batch.

    `prices` are (list, from how many units on, unit price) by SKU.
    """

    codes: dict[str, PromotionCode] = {}
    customer_uses: dict[tuple[UUID, str], int] = {}
    customer_groups: dict[str, str] = {}
    prices: dict[UUID, list[tuple[PriceList, int, Decimal]]] = {}
    uses: dict[UUID, int] = {}


class Basket(Struct, frozen=True):
    """What is to be priced or checked: where, when, by whom, which goods in which amounts.

    `goods_minor` is before any discount.
    """

    channel_id: UUID
    currency: str
    at: datetime
    goods_minor: int
    customer: CustomerKey | None = None
    customer_group: str | None = None


class Discount(Struct, frozen=True):
    """What a code takes off a basket, and who uses it."""

    promotion_code_id: UUID
    code: str
    discount_minor: int
    customer: str | None


class Redemption(Struct, frozen=True):
    """A use of a code by an order."""

    promotion_code_id: UUID
    order_id: UUID
    customer_key: str | None
    discount_minor: int
