"""Invoices: what was charged for a shipment."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

_Text = Annotated[str, Meta(max_length=500)]
_Series = Annotated[str, Meta(pattern="^[A-Z0-9][A-Z0-9-]{0,19}$")]


class InvoiceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Who invoices, and in which series; `series_by_channel` is by channel code."""

    version: int = 0
    seller_name: _Text = "Argosy"
    seller_address: Annotated[list[_Text], Meta(max_length=8)] = []
    seller_tax_id: _Text | None = None
    note: _Text | None = None
    default_series: _Series = "INV"
    series_by_channel: dict[str, _Series] = {}
    digits: Annotated[int, Meta(ge=1, le=12)] = 6


class ShippedLine(Struct, frozen=True):
    """Units of an order line that were shipped, and what they are worth."""

    line_no: int
    quantity: int
    total_minor: int


class Shipped(Struct, frozen=True):
    """A shipment that was announced."""

    order_id: UUID
    shipment_id: UUID
    currency: str
    amount_minor: int
    shipped_at: datetime
    lines: tuple[ShippedLine, ...]


class InvoiceLine(Struct, frozen=True):
    """One line of an invoice, in minor units."""

    line_no: int
    sku: str
    title: str
    quantity: int
    unit_price: str | None
    net_minor: int
    tax_minor: int
    total_minor: int


class InvoiceDraft(Struct, frozen=True):
    """An invoice that has no number yet."""

    order_id: UUID
    invoice_id: UUID
    series: str
    shipment_id: UUID
    order_number: str | None
    currency: str
    tax_mode: str
    net_minor: int
    tax_minor: int
    total_minor: int
    buyer_name: str | None
    email: str | None
    bill_to: dict[str, Any] | None
    ship_to: dict[str, Any] | None
    shipped_at: datetime
    lines: tuple[InvoiceLine, ...]


class Invoice(Struct, frozen=True, kw_only=True):
    """An issued invoice."""

    order_id: UUID
    invoice_id: UUID
    invoice_number: str
    series: str
    number: int
    shipment_id: UUID
    order_number: str | None
    channel_id: UUID | None
    currency: str
    tax_mode: str
    net_minor: int
    tax_minor: int
    total_minor: int
    buyer_name: str | None
    email: str | None
    bill_to: dict[str, Any] | None
    ship_to: dict[str, Any] | None
    seller: dict[str, Any]
    shipped_at: datetime
    issued_at: datetime
    lines: list[InvoiceLine]
