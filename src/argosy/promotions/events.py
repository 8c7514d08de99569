"""What promotions publish."""

from uuid import UUID

from msgspec import Struct

from argosy.kernel.events import publishes


@publishes("price_list.changed.v1", subject="price_list")
class PriceListChanged(Struct, frozen=True):
    """A price list was made or changed, or prices of it."""

    price_list_id: UUID
    code: str
    name: str
    currency: str
    active: bool
    changed_by: str


@publishes("promotion_code.changed.v1", subject="promotion_code")
class PromotionCodeChanged(Struct, frozen=True):
    """A promotion code was made or changed."""

    promotion_code_id: UUID
    code: str
    title: str
    active: bool
    changed_by: str
