"""Invoices as documents: a page of HTML that stands alone, and a PDF set by typst."""

import html
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from argosy.kernel.money import UnknownCurrency, exponent_of
from argosy.payments.model.invoices import Invoice


class PdfMissing(Exception):  # noqa: N818  (it names what is missing)
    """The extra `pdf` is not installed."""


def amount_text(amount_minor: int, currency: str) -> str:
    """Return an amount for people: 123456 of GBP is "1,234.56"."""
    try:
        digits = exponent_of(currency)
    except UnknownCurrency:
        digits = 2
    sign = "-" if amount_minor < 0 else ""
    whole, part = divmod(abs(amount_minor), 10**digits)
    return f"{sign}{whole:,}" + (f".{part:0{digits}d}" if digits else "")


def address_lines(name: str | None, address: dict[str, Any] | None) -> list[str]:
    """Return an address as lines of text, without what is missing."""
    given = address or {}
    town = " ".join(str(given[key]) for key in ("postal_code", "city") if given.get(key))
    lines = [
        given.get("name") or name,
        given.get("company"),
        given.get("line1"),
        given.get("line2"),
        town,
        given.get("region"),
        given.get("country"),
    ]
    return [str(line) for line in lines if line]


def _date(moment: datetime) -> str:
    return moment.date().isoformat()


def facts_of(invoice: Invoice) -> dict[str, Any]:
    """Return everything that stands on an invoice, as text."""
    seller = invoice.seller
    currency = invoice.currency
    facts = [
        ("Invoice", invoice.invoice_number),
        ("Date", _date(invoice.issued_at)),
        ("Shipped", _date(invoice.shipped_at)),
    ]
    if invoice.order_number:
        facts.append(("Order", invoice.order_number))
    return {
        "number": invoice.invoice_number,
        "currency": currency,
        "seller": [str(seller.get("name", "")), *map(str, seller.get("address") or [])],
        "tax_id": str(seller.get("tax_id") or ""),
        "note": str(seller.get("note") or ""),
        "bill_to": address_lines(invoice.buyer_name, invoice.bill_to or invoice.ship_to),
        "ship_to": address_lines(invoice.buyer_name, invoice.ship_to),
        "facts": facts,
        "lines": [
            {
                "title": line.title,
                "sku": line.sku,
                "quantity": str(line.quantity),
                "net": amount_text(line.net_minor, currency),
                "tax": amount_text(line.tax_minor, currency),
                "total": amount_text(line.total_minor, currency),
            }
            for line in invoice.lines
        ],
        "net": amount_text(invoice.net_minor, currency),
        "tax": amount_text(invoice.tax_minor, currency),
        "total": amount_text(invoice.total_minor, currency),
    }


@cache
def _template(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def render_html(invoice: Invoice) -> bytes:
    """Return the invoice as an HTML page with its style inside and no script."""
    facts = facts_of(invoice)

    def text(value: str) -> str:
        return html.escape(value)

    def block(lines: list[str]) -> str:
        return "<br>".join(text(line) for line in lines)

    rows = "\n".join(
        f"<tr><td>{text(line['title'])}<small>{text(line['sku'])}</small></td>"
        + "".join(f"<td>{text(line[name])}</td>" for name in ("quantity", "net", "tax", "total"))
        + "</tr>"
        for line in facts["lines"]
    )
    filled = {
        "number": text(facts["number"]),
        "currency": text(facts["currency"]),
        "seller": block(facts["seller"]),
        "tax_id": text(f"Tax id {facts['tax_id']}" if facts["tax_id"] else ""),
        "bill_to": block(facts["bill_to"]),
        "ship_to": block(facts["ship_to"]),
        "facts": "\n".join(
            f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in facts["facts"]
        ),
        "rows": rows,
        "net": text(facts["net"]),
        "tax": text(facts["tax"]),
        "total": text(facts["total"]),
        "note": text(facts["note"]),
    }
    page = _template("invoice.html")
    for name, value in filled.items():
        page = page.replace("{{" + name + "}}", value.replace("{{", "{&#123;"))
    return page.encode()


def render_pdf(invoice: Invoice) -> bytes:
    """Return the invoice as PDF; raises PdfMissing without typst.

    The text is handed to typst as JSON, so that nothing in it is read as markup.
    """
    try:
        import typst  # noqa: PLC0415  (an optional extra)
    except ImportError:
        raise PdfMissing from None
    facts = msgspec.json.encode(facts_of(invoice)).decode()
    document: bytes = typst.compile(
        _template("invoice.typ").encode(), format="pdf", sys_inputs={"invoice": facts}
    )
    return document
