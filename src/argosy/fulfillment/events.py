"""What fulfillment publishes; the subject of each is the order, for a timeline of one range."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from argosy.kernel.events import publishes


class WorkLine(Struct, frozen=True):
    """Units of one SKU of one order line; for kits `quantity` counts the component."""

    line_no: int
    sku: str
    quantity: int


class ShippedLine(Struct, frozen=True):
    """Units of one order line (kits count as kits) and what they are worth."""

    line_no: int
    quantity: int
    total_minor: int


@publishes("fulfillment.routed.v1", subject="order")
class Routed(Struct, frozen=True):
    """Work was given to a location (none for digital goods)."""

    order_id: UUID
    fulfillment_order_id: UUID
    number: str
    group_no: int
    location_id: UUID | None
    kind: str
    method: str
    due_at: datetime
    by: str
    lines: list[WorkLine]


@publishes("fulfillment.accepted.v1", subject="order")
class Accepted(Struct, frozen=True):
    """The location, or the vendor it was handed over to, took the work on."""

    order_id: UUID
    fulfillment_order_id: UUID
    by: str
    vendor_reference: str | None = None


@publishes("fulfillment.rejected.v1", subject="order")
class Rejected(Struct, frozen=True):
    """The location turned the work down; its units are routed again, elsewhere."""

    order_id: UUID
    fulfillment_order_id: UUID
    location_id: UUID
    reason: str
    by: str
    lines: list[WorkLine]


@publishes("fulfillment.picked.v1", subject="order")
class Picked(Struct, frozen=True):
    """Units were taken from the shelf; what was short is routed again."""

    order_id: UUID
    fulfillment_order_id: UUID
    by: str
    lines: list[WorkLine]
    short: list[WorkLine]


@publishes("fulfillment.packed.v1", subject="order")
class Packed(Struct, frozen=True):
    """Units were put into packages."""

    order_id: UUID
    fulfillment_order_id: UUID
    by: str
    packages: list[UUID]


@publishes("fulfillment.shipped.v1", subject="order")
class Shipped(Struct, frozen=True):
    """Units left the building, were collected or were delivered digitally.

    `amount_minor` is the sum of the lines. The amounts of all shipments of an order sum exactly to
    its total: units that were taken back before (`fulfillment.unshipped.v1`) count nothing again.
    """

    order_id: UUID
    fulfillment_order_id: UUID
    shipment_id: UUID
    channel_id: UUID
    currency: str
    amount_minor: int
    lines: list[ShippedLine]
    kind: str
    by: str
    carrier: str | None = None
    service: str | None = None
    tracking_number: str | None = None


@publishes("fulfillment.unshipped.v1", subject="order")
class Unshipped(Struct, frozen=True):
    """A shipment was taken back before the carrier had it; money is left as it is."""

    order_id: UUID
    fulfillment_order_id: UUID
    shipment_id: UUID
    reason: str
    by: str


@publishes("fulfillment.ready_for_pickup.v1", subject="order")
class ReadyForPickup(Struct, frozen=True):
    """The buyer may come; the code was given out with the answer and is not in the log."""

    order_id: UUID
    fulfillment_order_id: UUID
    location_id: UUID
    by: str


@publishes("fulfillment.collected.v1", subject="order")
class Collected(Struct, frozen=True):
    """The buyer showed the code and has the goods."""

    order_id: UUID
    fulfillment_order_id: UUID
    shipment_id: UUID
    by: str


@publishes("fulfillment.delivered.v1", subject="order")
class Delivered(Struct, frozen=True):
    """Packages of a fulfillment order reached the recipient."""

    order_id: UUID
    fulfillment_order_id: UUID
    by: str
    lines: list[WorkLine]


@publishes("fulfillment.undone.v1", subject="order")
class Undone(Struct, frozen=True):
    """A step was taken back: accept, pick, pack or make_ready."""

    order_id: UUID
    fulfillment_order_id: UUID
    step: str
    by: str


@publishes("fulfillment.canceled.v1", subject="order")
class Canceled(Struct, frozen=True):
    """The work was called off; its units wait to be routed again."""

    order_id: UUID
    fulfillment_order_id: UUID
    reason: str
    by: str
    lines: list[WorkLine]


@publishes("fulfillment.recalled.v1", subject="order")
class Recalled(Struct, frozen=True):
    """Units that nobody worked on yet were taken back, because their order was changed."""

    order_id: UUID
    fulfillment_order_id: UUID
    reason: str
    by: str
    lines: list[WorkLine]
