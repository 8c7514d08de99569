"""What inventory publishes. The subject of most is the SKU; `by` says who did it."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from argosy.kernel.events import publishes


@publishes("stock.received.v1", subject="sku")
class StockReceived(Struct, frozen=True, omit_defaults=True):
    """Units arrived at a location, ordered (`purchase`) or `unannounced`, or as a `return`."""

    sku_id: UUID
    location_id: UUID
    quantity: int
    on_hand: int
    by: str
    source: str
    incoming_id: UUID | None = None
    reason: str | None = None


@publishes("stock.adjusted.v1", subject="sku")
class StockAdjusted(Struct, frozen=True, omit_defaults=True):
    """Units were found (+) or were missing (−)."""

    sku_id: UUID
    location_id: UUID
    quantity: int
    on_hand: int
    by: str
    reason: str | None = None


@publishes("stock.counted.v1", subject="sku")
class StockCounted(Struct, frozen=True, omit_defaults=True):
    """A place was counted; `short_by` units fewer lie there than are promised to orders."""

    sku_id: UUID
    location_id: UUID
    difference: int
    on_hand: int
    as_of: datetime
    by: str
    short_by: int = 0
    reason: str | None = None


@publishes("stock.fed.v1", subject="location")
class StockFed(Struct, frozen=True):
    """A feed changed balances of a location: (SKU, difference, on hand) each."""

    location_id: UUID
    feed_id: UUID
    as_of: datetime
    by: str
    changed: list[tuple[UUID, int, int]]


@publishes("stock.transferred.v1", subject="sku")
class StockTransferred(Struct, frozen=True):
    """Units left for another location (`shipped`), or arrived or were lost (`received`)."""

    sku_id: UUID
    transfer_id: UUID
    step: str
    quantity: int
    lost: int
    from_location_id: UUID
    to_location_id: UUID
    by: str


class FilledLine(Struct, frozen=True):
    """Units that one line of the order got, of a kit by component."""

    line_no: int
    sku_id: UUID
    location_id: UUID
    quantity: int


@publishes("stock.backorder_filled.v1", subject="order")
class BackorderFilled(Struct, frozen=True):
    """An order that waited got stock; `order_units` units of its lines no longer wait."""

    order_id: UUID
    order_units: int
    by: str
    lines: list[FilledLine]
