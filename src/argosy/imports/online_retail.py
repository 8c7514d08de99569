"""UCI Online Retail (Chen 2015): its invoices as orders, and what of it is not an order.

Columns of the source: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice,
CustomerID, Country. Prices are pounds with up to three decimals, times are British local time.
Pure: files are read by whoever calls.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from argosy.catalogue import SkuRow
from argosy.imports.rows import grouped
from argosy.kernel.money import round_half_up
from argosy.orders import (
    Address,
    Buyer,
    PlaceCharge,
    PlaceGroup,
    PlaceLine,
    PlaceOrder,
    PlacePayment,
)

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
CURRENCY = "GBP"
LONDON = ZoneInfo("Europe/London")
_CENT = Decimal("0.01")

SHIPPING_CODES = frozenset({"POST", "DOT", "C2"})
"""Postage, Dotcom postage and carriage: the shipping of the delivery group."""

FEE_CODES = {
    "M": "Manual charge",
    "D": "Discount",
    "S": "Samples",
    "B": "Adjustment of bad debt",
    "BANK CHARGES": "Bank charges",
    "AMAZONFEE": "Marketplace fee",
    "CRUK": "Charity commission",
}
"""Codes that stand for money and not for goods: fees when positive, discounts when negative."""

COUNTRIES = {
    "Australia": "AU",
    "Austria": "AT",
    "Bahrain": "BH",
    "Belgium": "BE",
    "Brazil": "BR",
    "Canada": "CA",
    "Channel Islands": "JE",
    "Cyprus": "CY",
    "Czech Republic": "CZ",
    "Denmark": "DK",
    "EIRE": "IE",
    "European Community": "BE",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Greece": "GR",
    "Hong Kong": "HK",
    "Iceland": "IS",
    "Israel": "IL",
    "Italy": "IT",
    "Japan": "JP",
    "Lebanon": "LB",
    "Lithuania": "LT",
    "Malta": "MT",
    "Netherlands": "NL",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "RSA": "ZA",
    "Saudi Arabia": "SA",
    "Singapore": "SG",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "USA": "US",
    "United Arab Emirates": "AE",
    "United Kingdom": "GB",
    "Unspecified": "GB",
}
"""Countries as the source writes them; `European Community` is taken to be Brussels, and
`Unspecified` the shop's own country. What was written stays in the order's attributes."""


class NotAnOrder(StrEnum):
    """Why an invoice of the source became no order."""

    CANCELLATION = "cancellation"
    BAD_DEBT = "bad_debt"
    STOCK_WRITE_OFF = "stock_write_off"
    STOCK_FOUND = "stock_found"
    FEES_ONLY = "fees_only"


class InvoiceLine(Struct, frozen=True):
    """A line of the source; `invoiced_at` is British local time without a zone."""

    invoice: str
    stock_code: str
    description: str | None
    quantity: int
    invoiced_at: datetime
    unit_price: Decimal
    customer_id: int | None
    country: str

    @property
    def sku(self) -> str:
        """Return the SKU: the source writes the same one with small and large letters."""
        return self.stock_code.strip().upper()

    @property
    def amount_minor(self) -> int:
        """Return quantity × price in pence."""
        return round_half_up(self.unit_price * self.quantity, CURRENCY)


class Invoice(Struct, frozen=True):
    """The lines of one invoice."""

    number: str
    lines: tuple[InvoiceLine, ...]

    @property
    def customer_id(self) -> int | None:
        """Return the customer's number; None for a guest."""
        return self.lines[0].customer_id

    @property
    def country(self) -> str:
        """Return the country as the source writes it."""
        return self.lines[0].country

    @property
    def country_code(self) -> str:
        """Return the country's ISO 3166-1 code; raises KeyError for one that is not known."""
        return COUNTRIES[self.country]

    @property
    def placed_at(self) -> datetime:
        """Return when the first line was invoiced, UTC."""
        first = min(line.invoiced_at for line in self.lines)
        return first.replace(tzinfo=LONDON).astimezone(UTC)

    @property
    def goods(self) -> list[InvoiceLine]:
        """Return the lines that are goods, not money, with their quantity above 0."""
        return [line for line in self.lines if not is_fee(line.sku) and line.quantity > 0]


class Reported(Struct, frozen=True):
    """An invoice that is not an order, and why; the amount is what its lines sum to."""

    invoice: str
    reason: NotAnOrder
    lines: int
    amount_minor: int


class Recipient(Struct, frozen=True):
    """Who bought and where it goes; the source knows only a number and a country."""

    buyer: Buyer | None
    address: Address


Directory = Callable[[Invoice], Recipient]


def is_fee(sku: str) -> bool:
    """Return whether a code of the source stands for money and not for goods."""
    return sku in SHIPPING_CODES or sku in FEE_CODES


def line_of(row: Mapping[str, Any]) -> InvoiceLine:
    """Return a row as a line; values may be text or typed. Raises ValueError, KeyError."""
    moment = row["InvoiceDate"]
    customer = row["CustomerID"]
    return InvoiceLine(
        invoice=str(row["InvoiceNo"]),
        stock_code=str(row["StockCode"]),
        description=row["Description"] or None,
        quantity=int(row["Quantity"]),
        invoiced_at=moment if isinstance(moment, datetime) else datetime.fromisoformat(moment),
        unit_price=Decimal(row["UnitPrice"]),
        customer_id=int(customer) if customer not in {None, ""} else None,
        country=str(row["Country"]),
    )


def invoices_of(lines: Iterable[InvoiceLine]) -> Iterator[Invoice]:
    """Return the invoices in order of their first line; the source tears one apart."""
    found: dict[str, list[InvoiceLine]] = {}
    for line in lines:
        found.setdefault(line.invoice, []).append(line)
    for number, group in found.items():
        yield Invoice(number, tuple(group))


def unknown_recipient(invoice: Invoice) -> Recipient:
    """Return what the source itself says of the recipient: a number and a country."""
    number = invoice.customer_id
    name = "Guest" if number is None else f"Customer {number}"
    buyer = None if number is None else Buyer(external_id=str(number), name=name)
    address = Address(
        country=invoice.country_code, name=name, line1="not recorded", city="not recorded"
    )
    return Recipient(buyer, address)


def why_not(invoice: Invoice) -> NotAnOrder | None:
    """Return why an invoice is no order, or None when it is one."""
    if invoice.number.startswith("C"):
        return NotAnOrder.CANCELLATION
    if invoice.number.startswith("A"):
        return NotAnOrder.BAD_DEBT
    if not invoice.goods:
        if any(not is_fee(line.sku) for line in invoice.lines):
            return NotAnOrder.STOCK_WRITE_OFF
        return NotAnOrder.FEES_ONLY
    if invoice.customer_id is None and all(line.unit_price == 0 for line in invoice.lines):
        return NotAnOrder.STOCK_FOUND
    return None


def order_of(
    invoice: Invoice, channel: str, directory: Directory = unknown_recipient
) -> PlaceOrder | Reported:
    """Return an invoice as an order of `channel`, without payments; or why it is none.

    Lines of goods keep their order and repetition. Postage becomes the group's shipping, other fee
    codes become fees, and what is negative among them discounts.
    """
    reason = why_not(invoice)
    if reason is not None:
        total = sum(line.amount_minor for line in invoice.lines)
        return Reported(invoice.number, reason, len(invoice.lines), total)
    lines = [
        PlaceLine(
            sku=line.sku,
            quantity=line.quantity,
            unit_price=str(line.unit_price),
            amount_minor=line.amount_minor,
            title=line.description,
        )
        for line in invoice.goods
    ]
    shipping_minor = 0
    fees: list[PlaceCharge] = []
    discounts: list[PlaceCharge] = []
    for line in invoice.lines:
        if not is_fee(line.sku):
            continue
        if line.sku in SHIPPING_CODES and line.amount_minor >= 0:
            shipping_minor += line.amount_minor
            continue
        kept = discounts if line.amount_minor < 0 else fees
        title = line.description or FEE_CODES.get(line.sku)
        if line.amount_minor:
            kept.append(PlaceCharge(line.sku, abs(line.amount_minor), title))
    recipient = directory(invoice)
    total = sum(line.amount_minor for line in lines) + shipping_minor
    total += sum(fee.amount_minor for fee in fees) - sum(each.amount_minor for each in discounts)
    return PlaceOrder(
        channel=channel,
        external_id=invoice.number,
        currency=CURRENCY,
        lines=lines,
        total_minor=total,
        placed_at=invoice.placed_at,
        customer=recipient.buyer,
        bill_to=recipient.address,
        delivery_groups=[
            PlaceGroup(key="g1", ship_to=recipient.address, shipping_minor=shipping_minor)
        ],
        fees=fees,
        discounts=discounts,
        attributes={"country": invoice.country},
    )


class Report(Struct):
    """What the rows of the source turned out to be; every row is in exactly one of `*_rows`."""

    rows: int = 0
    order_rows: int = 0
    fee_rows: int = 0
    other_rows: int = 0
    negative_rows: int = 0
    orders: int = 0
    guests: int = 0
    zero_price_rows: int = 0
    sub_cent_rows: int = 0
    duplicate_rows: int = 0
    fees_minor: dict[str, int] = field(default_factory=dict)
    not_orders: dict[str, int] = field(default_factory=dict)
    not_orders_minor: dict[str, int] = field(default_factory=dict)
    fee_rows_elsewhere: dict[str, int] = field(default_factory=dict)


def orders_of(
    lines: Iterable[InvoiceLine],
    report: Report,
    *,
    channel: str,
    directory: Directory = unknown_recipient,
    gateway: str | None = "manual",
) -> Iterator[PlaceOrder]:
    """Return the orders among the invoices of the source, in a stream; count all in `report`.

    With `gateway` each order is paid in full there, referred to as `<channel>:<invoice>`.
    """
    for group in grouped(lines, lambda line: line.invoice):
        invoice = Invoice(group[0].invoice, tuple(group))
        report.rows += len(group)
        made = order_of(invoice, channel, directory)
        if isinstance(made, Reported):
            _count(report.not_orders, made.reason)
            _count(report.not_orders_minor, made.reason, made.amount_minor)
            report.other_rows += made.lines
            for line in group:
                if is_fee(line.sku):
                    _count(report.fee_rows_elsewhere, line.sku)
            continue
        _note(invoice, report)
        if gateway is not None and made.total_minor:
            reference = f"{channel}:{invoice.number}"
            made.payments = [PlacePayment(gateway, made.total_minor, authorization_ref=reference)]
        yield made


def _note(invoice: Invoice, report: Report) -> None:
    goods = invoice.goods
    report.orders += 1
    report.order_rows += len(goods)
    report.guests += invoice.customer_id is None
    report.zero_price_rows += sum(line.unit_price == 0 for line in goods)
    report.sub_cent_rows += sum(line.unit_price % _CENT > 0 for line in goods)
    report.duplicate_rows += len(goods) - len(set(goods))
    for line in invoice.lines:
        if is_fee(line.sku):
            report.fee_rows += 1
            _count(report.fees_minor, line.sku, line.amount_minor)
        elif line.quantity <= 0:
            report.negative_rows += 1


def _count(counts: dict[str, int], name: str, units: int = 1) -> None:
    counts[str(name)] = counts.get(str(name), 0) + units


def skus_of(lines: Iterable[InvoiceLine]) -> list[SkuRow]:
    """Return every SKU of the source, with the title it is sold under most often."""
    titles: dict[str, Counter[str]] = {}
    for line in lines:
        if is_fee(line.sku):
            continue
        seen = titles.setdefault(line.sku, Counter())
        if line.description and line.unit_price > 0 and line.quantity > 0:
            seen[line.description] += 1
    return [
        SkuRow(code=sku, title=max(seen, key=lambda text: (seen[text], text)) if seen else sku)
        for sku, seen in sorted(titles.items())
    ]
