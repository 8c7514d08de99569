"""What a step on a fulfillment order is decided over, and what it decides: plain values."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.fulfillment.model.states import Kind, State


class WorkLine(msgspec.Struct, frozen=True):
    """One line of a fulfillment order with its counters, and the order line it belongs to.

    `ordered`, `fulfilled` and `total_minor` are the order line's; `credit` are its units that were
    announced as shipped before and taken back.
    """

    line_no: int
    order_line_no: int
    sku_id: UUID
    sku_code: str
    quantity: int
    per_unit: int = 1
    picked: int = 0
    packed: int = 0
    shipped: int = 0
    delivered: int = 0
    short: int = 0
    canceled: int = 0
    ordered: int = 0
    fulfilled: int = 0
    total_minor: int = 0
    credit: int = 0

    @property
    def wanted(self) -> int:
        """Return how many are to leave in all: what was not short and not canceled."""
        return self.quantity - self.short - self.canceled

    @property
    def open(self) -> int:
        """Return how many are still to leave; so many are allocated."""
        return self.wanted - self.shipped


class Package(msgspec.Struct, frozen=True):
    """A package: its lines by number; in a shipment when it has left."""

    package_id: UUID
    lines: dict[int, int]
    shipment_id: UUID | None = None
    scanned: bool = False
    delivered: bool = False


class Work(msgspec.Struct, frozen=True):
    """A fulfillment order as it is under the lock, with what its order says."""

    order_id: UUID
    fulfillment_order_id: UUID
    number: str
    group_no: int
    channel_id: UUID
    location_id: UUID | None
    kind: Kind
    state: State
    version: int
    load_day: date | None
    due_at: datetime
    active_holds: int
    lifecycle: str
    currency: str
    lines: tuple[WorkLine, ...]
    packages: tuple[Package, ...] = ()
    pick_list_id: UUID | None = None
    pickup_code_hash: bytes | None = None
    pickup_attempts: int = 0

    @property
    def started(self) -> bool:
        """Tell whether its units count as being in progress."""
        return self.state is not State.OPEN


class NewPackage(msgspec.Struct, frozen=True):
    """A package to be written."""

    package_id: UUID
    lines: dict[int, int]
    carrier: str | None = None
    tracking_number: str | None = None
    shipment_id: UUID | None = None
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None


class NewShipment(msgspec.Struct, frozen=True):
    """A shipment to be written: what leaves together and what it is worth."""

    shipment_id: UUID
    amount_minor: int
    carrier: str | None = None
    service: str | None = None
    tracking_number: str | None = None
    delivered: bool = False


class Change(msgspec.Struct):
    """What one step does. Quantities per line number count SKUs, `units_*` count order-line units.

    `deltas`: line -> counter -> change. `to_reservation` and `to_free` say where released
    allocations go, `missing` what the stock of the location is corrected by. `units_started` is
    the change of units in progress beyond what released and fulfilled units take with them.
    """

    work: Work
    step: str
    state: State
    deltas: dict[int, dict[str, int]] = msgspec.field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = msgspec.field(default_factory=list)
    reason: str | None = None
    vendor_reference: str | None = None
    new_packages: list[NewPackage] = msgspec.field(default_factory=list)
    dropped_packages: list[UUID] = msgspec.field(default_factory=list)
    sent_packages: list[tuple[UUID, str | None, str | None]] = msgspec.field(default_factory=list)
    delivered_packages: list[UUID] = msgspec.field(default_factory=list)
    shipment: NewShipment | None = None
    voided_shipment_id: UUID | None = None
    stock_shipped: dict[int, int] = msgspec.field(default_factory=dict)
    stock_unshipped: dict[int, int] = msgspec.field(default_factory=dict)
    to_reservation: dict[int, int] = msgspec.field(default_factory=dict)
    to_free: dict[int, int] = msgspec.field(default_factory=dict)
    missing: dict[int, int] = msgspec.field(default_factory=dict)
    units_released: dict[int, int] = msgspec.field(default_factory=dict)
    units_fulfilled: dict[int, int] = msgspec.field(default_factory=dict)
    units_unfulfilled: dict[int, int] = msgspec.field(default_factory=dict)
    units_delivered: dict[int, int] = msgspec.field(default_factory=dict)
    units_started: int = 0
    credit: dict[int, int] = msgspec.field(default_factory=dict)
    reroute: bool = False
    exclude_reason: str | None = None
    pickup_code_hash: bytes | None = None
    pickup_attempts: int | None = None


class Sending(msgspec.Struct, frozen=True):
    """How something leaves; the ids are those of what will be written."""

    shipment_id: UUID
    package_id: UUID
    carrier: str | None = None
    service: str | None = None
    tracking_number: str | None = None


class PickedLine(msgspec.Struct, frozen=True):
    """What was picked of a line now, and how many were not found."""

    line_no: int
    picked: int = 0
    short: int = 0


class PackedPackage(msgspec.Struct, frozen=True):
    """A package and what goes in; without `lines` everything picked that is not packed yet."""

    package_id: UUID
    lines: dict[int, int] | None = None
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
