"""Transfers: stock that moves from one location to another."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from argosy.inventory.model.stock import Code, Natural, Reference, Units

MOST_LINES = 2000

State = Literal["created", "shipped", "received", "canceled"]


class TransferLine(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a SKU to be moved."""

    sku: Code
    quantity: Units


class NewTransfer(Struct, frozen=True, forbid_unknown_fields=True):
    """Stock to be moved; it is reserved at the source until it leaves."""

    from_location: Code
    to_location: Code
    lines: Annotated[list[TransferLine], Meta(min_length=1, max_length=MOST_LINES)]
    expected_on: date
    reference: Reference | None = None

    __examples__ = (
        {
            "from_location": "LON",
            "to_location": "LEE",
            "lines": [{"sku": "85123A", "quantity": 12}],
            "expected_on": "2026-01-08",
        },
    )


class ShippedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a SKU that left."""

    sku: Code
    quantity: Natural


class ShipTransfer(Struct, frozen=True, forbid_unknown_fields=True):
    """What left, if not all of it; a SKU that is not named stays, and is free again."""

    lines: Annotated[list[ShippedLine], Meta(min_length=1, max_length=MOST_LINES)] | None = None
    expected_on: date | None = None

    __examples__ = ({"expected_on": "2026-01-08"},)


class ReceiveTransfer(Struct, frozen=True, forbid_unknown_fields=True):
    """What arrived, in full (no lines) or in part; `close` gives up what has not arrived."""

    lines: Annotated[list[ShippedLine], Meta(min_length=1, max_length=MOST_LINES)] | None = None
    close: bool = False

    __examples__ = ({"lines": [{"sku": "85123A", "quantity": 10}]},)


class LineState(Struct, frozen=True):
    """The counters of a line as they stand."""

    sku_id: UUID
    quantity: int
    shipped: int
    received: int
    lost: int

    @property
    def in_transit(self) -> int:
        """How many units left and neither arrived nor were given up."""
        return self.shipped - self.received - self.lost


class TransferState(Struct, frozen=True):
    """A transfer as it stands, locked."""

    transfer_id: UUID
    from_location_id: UUID
    to_location_id: UUID
    state: str
    expected_on: date
    version: int
    lines: tuple[LineState, ...]


class Sent(Struct, frozen=True):
    """Units of one line that leave."""

    transfer_id: UUID
    sku_id: UUID
    from_location_id: UUID
    to_location_id: UUID
    shipped: int
    expected_on: date
    incoming_id: UUID


class Arrived(Struct, frozen=True):
    """Units of one line that arrived or were given up."""

    transfer_id: UUID
    sku_id: UUID
    from_location_id: UUID
    to_location_id: UUID
    received: int
    lost: int


class OpenTransfer(Struct, frozen=True):
    """A transfer to be opened."""

    transfer_id: UUID
    from_location_id: UUID
    to_location_id: UUID
    reference: str | None
    expected_on: date


class TransferDone(Struct, frozen=True):
    """How a transfer stands after a command."""

    transfer_id: UUID
    state: State
    version: int


class TransferLineView(Struct, frozen=True):
    """A line of a transfer with its counters."""

    sku_id: UUID
    sku: str
    quantity: int
    shipped: int
    received: int
    lost: int
    in_transit: int


class Transfer(Struct, frozen=True):
    """A transfer with its lines."""

    transfer_id: UUID
    from_location: str
    to_location: str
    state: State
    reference: str | None
    expected_on: date
    made_by: str
    made_at: datetime
    shipped_at: datetime | None
    closed_at: datetime | None
    version: int
    lines: list[TransferLineView]
