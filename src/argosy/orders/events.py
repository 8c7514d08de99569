"""What orders publish. Bodies carry what a listener needs without asking back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from argosy.kernel.events import publishes
from argosy.orders.model import Address


class PlacedLine(Struct, frozen=True, omit_defaults=True):
    """One line of a placed order; amounts in minor units, shares of order-level money included."""

    line_no: int
    group_no: int
    sku: str
    title: str
    quantity: int
    unit_price: str
    amount_minor: int
    tax_minor: int
    total_minor: int
    sku_id: UUID | None = None
    discount_minor: int = 0
    backordered: int = 0
    shipping_tax_minor: int = 0


class PlacedGroup(Struct, frozen=True, omit_defaults=True):
    """One delivery group of a placed order, with what was promised."""

    group_no: int
    key: str
    method: str
    ship_to: Address
    shipping_minor: int = 0
    promised_at: datetime | None = None


@publishes("order.placed.v1", subject="order")
class OrderPlaced(Struct, frozen=True, omit_defaults=True):
    """An order was captured, its stock reserved and its payments recorded."""

    order_id: UUID
    order_number: str
    channel: str
    external_id: str
    currency: str
    tax_mode: str
    placed_at: datetime
    total_minor: int
    lines: list[PlacedLine]
    delivery_groups: list[PlacedGroup]
    by: str
    customer_id: UUID | None = None
    email: str | None = None
    buyer_name: str | None = None
    bill_to: Address | None = None
    holds: list[str] = []
    tags: list[str] = []
    attributes: dict[str, Any] = {}


class MovedUnits(Struct, frozen=True):
    """Units of one line."""

    line_no: int
    quantity: int


@publishes("order.units_allocated.v1", subject="order")
class UnitsAllocated(Struct, frozen=True):
    """Units were given to locations as work."""

    order_id: UUID
    lines: list[MovedUnits]
    by: str


@publishes("order.units_released.v1", subject="order")
class UnitsReleased(Struct, frozen=True):
    """Units came back from locations and wait to be routed again."""

    order_id: UUID
    lines: list[MovedUnits]
    by: str


@publishes("order.units_fulfilled.v1", subject="order")
class UnitsFulfilled(Struct, frozen=True):
    """Units left the building, were handed over or were delivered digitally."""

    order_id: UUID
    lines: list[MovedUnits]
    by: str


@publishes("order.units_unfulfilled.v1", subject="order")
class UnitsUnfulfilled(Struct, frozen=True):
    """A shipment was undone before the carrier took it."""

    order_id: UUID
    lines: list[MovedUnits]
    by: str


@publishes("order.units_delivered.v1", subject="order")
class UnitsDelivered(Struct, frozen=True):
    """Units reached the recipient."""

    order_id: UUID
    lines: list[MovedUnits]
    by: str


@publishes("order.hold_placed.v1", subject="order")
class HoldPlaced(Struct, frozen=True):
    """Something stops the order, or one of its groups, until it is released."""

    order_id: UUID
    hold_id: UUID
    kind: str
    reason: str
    by: str
    group_no: int | None = None


@publishes("order.hold_released.v1", subject="order")
class HoldReleased(Struct, frozen=True):
    """A hold was released; the order goes on when none is left."""

    order_id: UUID
    hold_id: UUID
    kind: str
    reason: str
    by: str
    active_holds: int
    group_no: int | None = None


@publishes("order.note_added.v1", subject="order")
class NoteAdded(Struct, frozen=True):
    """Somebody wrote a note."""

    order_id: UUID
    note_id: UUID
    text: str
    by: str


@publishes("order.tags_changed.v1", subject="order")
class TagsChanged(Struct, frozen=True):
    """Somebody replaced the tags."""

    order_id: UUID
    tags: list[str]
    by: str


@publishes("order.closed.v1", subject="order")
class OrderClosed(Struct, frozen=True):
    """Nothing is left to do."""

    order_id: UUID


@publishes("order.customer_linked.v1", subject="order")
class CustomerLinked(Struct, frozen=True):
    """A guest's order was given to the customer who proved the e-mail address on it."""

    order_id: UUID
    customer_id: UUID


class CanceledUnits(Struct, frozen=True):
    """Units of one line that were canceled, and what they were worth at placement."""

    line_no: int
    quantity: int
    value_minor: int


@publishes("order.units_canceled.v1", subject="order")
class UnitsCanceled(Struct, frozen=True):
    """Units will not be sent; `total_minor` is what the order costs without them."""

    order_id: UUID
    change_order_id: UUID
    reason: str
    lines: list[CanceledUnits]
    value_minor: int
    currency: str
    total_minor: int
    by: str
    note: str | None = None


@publishes("order.canceled.v1", subject="order")
class OrderCanceled(Struct, frozen=True):
    """Nothing of the order is left: every unit is canceled, none was sent."""

    order_id: UUID
    change_order_id: UUID
    reason: str
    by: str
