"""What a line needs no longer, and what of it is given back."""

from uuid import UUID

from msgspec import Struct


class Need(Struct, frozen=True):
    """How many units of a SKU a line of an owner still needs, after the cause of the change."""

    sku_id: UUID
    owner_id: UUID
    line_no: int
    needed: int
    cause_id: UUID
    arriving: int = 0


class Held(Struct, frozen=True):
    """What a line holds of a SKU; `per_unit` of them make one unit of the order line."""

    sku_id: UUID
    owner_id: UUID
    line_no: int
    reserved: int
    waiting: int
    per_unit: int


class Surplus(Struct, frozen=True):
    """What is given back: `waiting` units out of the queue, `reserved` units to what is free.

    `order_units` are the units of the order line that waited for this SKU and do not any more.
    """

    sku_id: UUID
    owner_id: UUID
    line_no: int
    reserved: int
    waiting: int
    order_units: int
    cause_id: UUID
