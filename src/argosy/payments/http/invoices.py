"""How invoices are seen: as JSON, as a page to print, and as PDF."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from argosy.identity import Access, Actor
from argosy.kernel.clock import Clock
from argosy.kernel.database import Database
from argosy.kernel.http import (
    After,
    Answer,
    Limit,
    Page,
    decode_cursor,
    get,
    not_found,
    page_of,
    put,
    refuse,
)
from argosy.kernel.refusals import Refused
from argosy.payments.http.documents import PdfMissing, render_html, render_pdf
from argosy.payments.model import Refusal
from argosy.payments.model.invoices import Invoice, InvoiceSettings
from argosy.payments.store import invoices as store


class InvoiceSummary(Struct, frozen=True, kw_only=True):
    """An invoice as it stands in the list; amounts in minor units."""

    order_id: UUID
    invoice_id: UUID
    invoice_number: str
    shipment_id: UUID
    order_number: str | None
    channel_id: UUID | None
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    buyer_name: str | None
    shipped_at: datetime
    issued_at: datetime


@get("/v1/invoices", permission="payments:read", summary="List invoices")
async def list_invoices(
    db: Database,
    access: Access,
    after: After = None,
    limit: Limit = 100,
    order_id: UUID | None = None,
    series: Annotated[str, Meta(max_length=20)] | None = None,
) -> Page[InvoiceSummary]:
    """List invoices, the latest first; keys with limits see those of their channels."""
    start = None if after is None else decode_cursor(after, tuple[UUID])[0]
    channels = None if access.channel_ids is None else sorted(access.channel_ids)
    async with db.reading() as tx:
        rows = await store.list_invoices(
            tx,
            after=start,
            limit=limit + 1,
            order_id=order_id,
            series=series,
            channel_ids=channels,
        )
    found = [InvoiceSummary(**row) for row in rows]
    return page_of(found, limit, lambda each: each.invoice_id)


async def _find(db: Database, access: Access, invoice_id: UUID) -> Invoice:
    async with db.reading() as tx:
        invoice = await store.get_invoice(tx, invoice_id)
    if invoice is None or not access.sees_channel(invoice.channel_id):
        not_found("invoice")
    return invoice


@get(
    "/v1/invoices/{invoice_id}",
    permission="payments:read",
    summary="See an invoice",
    refuses=[Refusal.INVOICE_NOT_FOUND],
)
async def get_invoice(db: Database, access: Access, invoice_id: UUID) -> Invoice:
    """Show one invoice with its lines."""
    return await _find(db, access, invoice_id)


@get(
    "/v1/invoices/{invoice_id}/html",
    permission="payments:read",
    summary="Print an invoice",
    refuses=[Refusal.INVOICE_NOT_FOUND],
    media_type="text/html",
)
async def print_invoice(db: Database, access: Access, invoice_id: UUID) -> Answer[bytes]:
    """Return one invoice as a page that stands alone and prints well."""
    invoice = await _find(db, access, invoice_id)
    return Answer(render_html(invoice), media_type="text/html; charset=utf-8")


@get(
    "/v1/invoices/{invoice_id}/pdf",
    permission="payments:read",
    summary="Get an invoice as PDF",
    refuses=[Refusal.INVOICE_NOT_FOUND, Refusal.PDF_NOT_INSTALLED],
    media_type="application/pdf",
)
async def get_invoice_pdf(db: Database, access: Access, invoice_id: UUID) -> Answer[bytes]:
    """Return one invoice as PDF; needs the extra `pdf`."""
    invoice = await _find(db, access, invoice_id)
    try:
        document = await asyncio.to_thread(render_pdf, invoice)
    except PdfMissing:
        detail = (
            "PDF needs the extra: pip install 'argosy[pdf]'. "
            f"/v1/invoices/{invoice_id}/html prints without it."
        )
        refuse(Refused(Refusal.PDF_NOT_INSTALLED, detail), status=501)
    name = f'inline; filename="{invoice.invoice_number}.pdf"'
    return Answer(document, media_type="application/pdf", headers={"content-disposition": name})


@get("/v1/invoicing/settings", permission="payments:read", summary="See how invoices are made")
async def get_invoicing_settings(db: Database) -> Answer[InvoiceSettings]:
    """Show who invoices, and in which series."""
    async with db.reading() as tx:
        settings = await store.get_settings(tx)
    return Answer(settings, version=settings.version)


@put(
    "/v1/invoicing/settings",
    permission="payments:write",
    summary="Change how invoices are made",
    refuses=[Refusal.SETTINGS_CHANGED],
)
async def save_invoicing_settings(
    db: Database, clock: Clock, actor: Actor, data: InvoiceSettings
) -> Answer[InvoiceSettings]:
    """Save settings; `version` is the one they were read at. Issued invoices never change."""
    async with db.transaction() as tx:
        saved = await store.save_settings(
            tx, data, read_version=data.version, by=str(actor), now=clock.now()
        )
    if saved is None:
        detail = "The settings were changed meanwhile; read them again."
        refuse(Refused(Refusal.SETTINGS_CHANGED, detail, "/version"), status=412)
    return Answer(saved, version=saved.version)


routes = [
    list_invoices,
    get_invoice,
    print_invoice,
    get_invoice_pdf,
    get_invoicing_settings,
    save_invoicing_settings,
]
