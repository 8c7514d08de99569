"""What stands on an invoice: the lines of a shipment and their tax; pure."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from argosy.payments.model.invoices import (
    InvoiceDraft,
    InvoiceLine,
    InvoiceSettings,
    Shipped,
    ShippedLine,
)

LineKey = tuple[UUID, int]
"""An order and the number of one of its lines."""


def tax_share(tax_minor: int, total_minor: int, before_minor: int, amount_minor: int) -> int:
    """Return the tax in the next `amount_minor` of a line of which `before_minor` was invoiced.

    Cumulative, so that however a line is cut into invoices, its tax sums exactly.
    """
    if total_minor <= 0:
        return 0
    after = before_minor + amount_minor
    return tax_minor * after // total_minor - tax_minor * before_minor // total_minor


def draft_invoices(
    shipped: Sequence[tuple[Shipped, UUID]],
    placed: Mapping[UUID, Mapping[str, Any]],
    invoiced: Mapping[LineKey, int],
    settings: InvoiceSettings,
) -> list[InvoiceDraft]:
    """Return an invoice for each shipment (with the id it shall have) that is worth anything.

    `placed` are the bodies of `order.placed.v1` by order, `invoiced` what was invoiced of each
    line before. Shipments of one order follow each other.
    """
    so_far = dict(invoiced)
    drafts = []
    for each, invoice_id in shipped:
        body = placed.get(each.order_id, {})
        known = {line["line_no"]: line for line in body.get("lines", ())}
        lines = []
        for line in each.lines:
            key = (each.order_id, line.line_no)
            lines.append(_line(line, known.get(line.line_no, {}), so_far.get(key, 0)))
            so_far[key] = so_far.get(key, 0) + line.total_minor
        if each.amount_minor == 0:
            continue  # What was charged before and leaves again is charged with nothing.
        tax = sum(line.tax_minor for line in lines)
        groups = {known[n.line_no].get("group_no") for n in each.lines if n.line_no in known}
        drafts.append(
            InvoiceDraft(
                order_id=each.order_id,
                invoice_id=invoice_id,
                series=settings.series_by_channel.get(
                    str(body.get("channel")), settings.default_series
                ),
                shipment_id=each.shipment_id,
                order_number=body.get("order_number"),
                currency=each.currency,
                tax_mode=str(body.get("tax_mode", "gross")),
                net_minor=each.amount_minor - tax,
                tax_minor=tax,
                total_minor=each.amount_minor,
                buyer_name=body.get("buyer_name"),
                email=body.get("email"),
                bill_to=body.get("bill_to"),
                ship_to=_ship_to(body, groups),
                shipped_at=each.shipped_at,
                lines=tuple(lines),
            )
        )
    return drafts


def _ship_to(body: Mapping[str, Any], groups: set[Any]) -> dict[str, Any] | None:
    for group in body.get("delivery_groups", ()):
        if group.get("group_no") in groups:
            address: dict[str, Any] | None = group.get("ship_to")
            return address
    return None


def _line(line: ShippedLine, known: Mapping[str, Any], before_minor: int) -> InvoiceLine:
    tax_of_line = known.get("tax_minor", 0) + known.get("shipping_tax_minor", 0)
    tax = tax_share(tax_of_line, known.get("total_minor", 0), before_minor, line.total_minor)
    return InvoiceLine(
        line_no=line.line_no,
        sku=known.get("sku", "") or f"line {line.line_no}",
        title=known.get("title", "") or f"Line {line.line_no}",
        quantity=line.quantity,
        unit_price=known.get("unit_price"),
        net_minor=line.total_minor - tax,
        tax_minor=tax,
        total_minor=line.total_minor,
    )
