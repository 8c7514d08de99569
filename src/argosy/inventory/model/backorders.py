"""Back-orders: who waits for stock, and who gets it."""

from datetime import datetime
from uuid import UUID

import msgspec


class Waiting(msgspec.Struct, frozen=True):
    """Units of an order line that wait for stock; `per_unit` of them make one unit of the line.

    `location_id` is the only place that can serve it, None for any that the channel sends from.
    """

    sku_id: UUID
    owner_id: UUID
    line_no: int
    quantity: int
    kind: str
    channel_id: UUID
    promised_at: datetime | None
    queued_at: datetime
    per_unit: int
    location_id: UUID | None = None


class Fill(msgspec.Struct, frozen=True):
    """Units for a back-order from the stock of one location."""

    sku_id: UUID
    owner_id: UUID
    line_no: int
    location_id: UUID
    quantity: int


class FilledOrder(msgspec.Struct, frozen=True):
    """An order that got stock, and how many units of its lines no longer wait for any."""

    owner_id: UUID
    order_units: int
    channel_id: UUID


class Filled(msgspec.Struct, frozen=True):
    """What is decided for many SKUs at once."""

    fills: list[Fill]
    orders: list[FilledOrder]
