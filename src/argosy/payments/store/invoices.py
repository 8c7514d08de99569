"""The statements that issue and read invoices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements
from argosy.payments.model.invoices import Invoice, InvoiceDraft, InvoiceLine, InvoiceSettings

sql = Statements("argosy.payments")


class Facts(msgspec.Struct, frozen=True):
    """How orders were placed, what was invoiced by line, and which shipments have an invoice."""

    placed: dict[UUID, dict[str, Any]]
    invoiced: dict[tuple[UUID, int], int]
    shipments: set[tuple[UUID, UUID]]


async def load_facts(tx: Tx, order_ids: Sequence[UUID]) -> Facts:
    """Return what invoices of orders are made of."""
    facts = Facts({}, {}, set())
    for row in await tx.fetch(sql("load_invoicing_facts"), list(order_ids)):
        order_id = row["order_id"]
        if row["placed"] is not None:
            facts.placed[order_id] = row["placed"]
        for line_no, total_minor in (row["invoiced"] or {}).items():
            facts.invoiced[order_id, int(line_no)] = int(total_minor)
        facts.shipments.update((order_id, shipment_id) for shipment_id in row["shipments"])
    return facts


async def get_settings(tx: Tx) -> InvoiceSettings:
    """Return how invoices are made."""
    value = await tx.fetchval(sql("get_invoicing_settings"))
    return InvoiceSettings() if value is None else msgspec.convert(value, InvoiceSettings)


async def save_settings(
    tx: Tx, settings: InvoiceSettings, *, read_version: int, by: str, now: datetime
) -> InvoiceSettings | None:
    """Save settings as the next version; None when they were changed since `read_version`."""
    saved = msgspec.structs.replace(settings, version=read_version + 1)
    value = msgspec.to_builtins(saved)
    done = await tx.fetchval(sql("save_invoicing_settings"), value, read_version, now, by)
    return None if done is None else saved


async def issue_invoices(
    tx: Tx, drafts: Sequence[InvoiceDraft], settings: InvoiceSettings, now: datetime
) -> None:
    """Issue invoices, counting in the locked row of each series.

    Raises UniqueViolationError (one_invoice_per_shipment) when a shipment has one already.
    """
    if not drafts:
        return
    heads = [name for name in InvoiceDraft.__struct_fields__ if name != "lines"]
    lines = [(each, line) for each in drafts for line in each.lines]
    await tx.execute(
        sql("issue_invoices"),
        *[[getattr(each, name) for each in drafts] for name in heads],
        now,
        {
            "name": settings.seller_name,
            "address": settings.seller_address,
            "tax_id": settings.seller_tax_id,
            "note": settings.note,
        },
        settings.digits,
        [each.order_id for each, _ in lines],
        [each.invoice_id for each, _ in lines],
        *[[getattr(line, name) for _, line in lines] for name in InvoiceLine.__struct_fields__],
    )


async def list_invoices(
    tx: Tx,
    *,
    after: UUID | None,
    limit: int,
    order_id: UUID | None,
    series: str | None,
    channel_ids: Sequence[UUID] | None,
) -> list[Any]:
    """Return invoices without their lines, the latest first."""
    rows = await tx.fetch(sql("list_invoices"), after, limit, order_id, series, channel_ids)
    return list(rows)


async def get_invoice(tx: Tx, invoice_id: UUID) -> Invoice | None:
    """Return one invoice with its lines, or None."""
    row = await tx.fetchrow(sql("get_invoice"), invoice_id)
    if row is None:
        return None
    fields = dict(row)
    lines = msgspec.convert(fields.pop("lines") or [], list[InvoiceLine])
    return Invoice(**fields, lines=lines)
