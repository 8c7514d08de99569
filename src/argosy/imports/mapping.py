"""How the columns of a table become orders: a mapping, in TOML, or the names that are usual here.

[columns]                 # field = column; fields that are not named are looked for by name
external_id = "InvoiceNo"
sku = "StockCode"
[defaults]                # what no column says
currency = "GBP"
gateway = "manual"        # paid in full there, unless a column says how much
[values.country]          # what a cell means
"United Kingdom" = "GB"
[read]
time_zone = "Europe/London"   # of times that name none
decimal_comma = false
delimiter = ";"
date_format = "%d/%m/%Y %H:%M"   # without it ISO 8601
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from argosy.imports.model import Fault
from argosy.imports.rows import FileUnusable, Numbered
from argosy.kernel.money import UnknownCurrency, exponent_of, round_half_up
from argosy.kernel.problems import fault_of
from argosy.orders import PlaceOrder

ORDER_FIELDS = (
    *("external_id", "channel", "currency", "placed_at", "tax_mode", "note", "tags"),
    *("customer_id", "customer_email", "customer_name", "customer_phone"),
    *("name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone"),
    *("method", "pickup_location", "promotion_code"),
    *("shipping", "discount", "discount_code", "fee", "fee_code", "total"),
    *("gateway", "payment_method", "payment_ref", "paid"),
)
LINE_FIELDS = (
    *("sku", "quantity", "unit_price", "amount", "line_discount", "line_tax"),
    *("title", "line_id", "gift_message"),
)
FIELDS = frozenset((*ORDER_FIELDS, *LINE_FIELDS))
_ADDRESS = (
    *("name", "company", "line1", "line2", "city", "region", "postal_code"),
    *("country", "phone"),
)
# Other names under which a field is found without a mapping.
_ALSO = {
    "external_id": ("order", "order_id", "order_number"),
    "quantity": ("units",),
    "country": ("ship_country",),
    "customer_email": ("email",),
}


class Reading(Struct, frozen=True, forbid_unknown_fields=True):
    """How cells are read."""

    time_zone: str = "UTC"
    decimal_comma: bool = False
    delimiter: str = ""
    date_format: str | None = None


class OrderMapping(Struct, frozen=True, forbid_unknown_fields=True):
    """Which column is which field of an order, what stands in for missing ones, how cells read."""

    columns: dict[str, str] = {}
    defaults: dict[str, str | int | float] = {}
    values: dict[str, dict[str, str]] = {}
    read: Reading = Reading()


def read_mapping(path: Path | None) -> tuple[OrderMapping, str]:
    """Return the mapping in a TOML file and its text; raises FileUnusable."""
    if path is None:
        return OrderMapping(), ""
    try:
        text = path.read_text(encoding="utf-8")
        mapping = msgspec.convert(tomllib.loads(text), OrderMapping)
        ZoneInfo(mapping.read.time_zone)
    except (OSError, ValueError, KeyError, msgspec.ValidationError) as error:
        raise FileUnusable(f"the mapping {path}: {error}") from None
    unknown = {*mapping.columns, *mapping.defaults, *mapping.values} - FIELDS
    if unknown:
        known = ", ".join(sorted(FIELDS))
        raise FileUnusable(f"the mapping {path} has no field {min(unknown)!r}; it has {known}.")
    return mapping, text


class _Unreadable(Exception):  # noqa: N818
    """A cell cannot be read; carries why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


class Assembler:
    """Makes orders of the rows of one file, by its mapping."""

    def __init__(self, mapping: OrderMapping, channel: str) -> None:
        self.mapping = mapping
        self.channel = channel
        self._zone = ZoneInfo(mapping.read.time_zone)

    def key(self, row: Numbered) -> str:
        """Return which order a row belongs to; a row that does not say stands alone."""
        external_id = self._text(row.cells, "external_id")
        return external_id if external_id is not None else f"\0{row.number}"

    def order_of(self, rows: Sequence[Numbered]) -> PlaceOrder | list[Fault]:
        """Return the order that rows make together, or why they make none.

        What is said of the whole order is taken from the first row that says it.
        """
        faults: list[Fault] = []
        try:
            draft = self._draft(rows, faults)
        except _Unreadable as unreadable:
            return [*faults, unreadable.fault]
        if faults:
            return faults
        try:
            return msgspec.convert(draft, PlaceOrder)
        except msgspec.ValidationError as error:
            fault = fault_of(error)
            return [Fault(fault.code, fault.pointer, fault.detail)]

    def _draft(self, rows: Sequence[Numbered], faults: list[Fault]) -> dict[str, Any]:
        head = self._first(rows)
        currency = head.get("currency", "")
        try:
            exponent_of(currency)
        except UnknownCurrency:
            detail = (
                f"{currency!r} is not a current ISO 4217 currency: name it by column or default."
            )
            raise _Unreadable(Fault("currency_unknown", "currency", detail)) from None
        lines = [self._line(row, currency, faults) for row in rows]
        if faults:
            return {}
        amounts = {
            name: self._minor(head.get(name), name, currency)
            for name in ("shipping", "discount", "fee", "total", "paid")
        }
        draft: dict[str, Any] = {
            "channel": head.get("channel", self.channel),
            "external_id": head.get("external_id", ""),
            "currency": currency,
            "lines": lines,
        }
        for name in ("tax_mode", "note"):
            if name in head:
                draft[name] = head[name]
        if "placed_at" in head:
            draft["placed_at"] = head["placed_at"]
        if "tags" in head:
            draft["tags"] = [tag.strip() for tag in head["tags"].split("|") if tag.strip()]
        if "promotion_code" in head:
            draft["promotion_codes"] = [each.strip() for each in head["promotion_code"].split("|")]
        self._who(head, draft)
        self._money(head, draft, amounts)
        return draft

    def _first(self, rows: Sequence[Numbered]) -> dict[str, str]:
        head: dict[str, str] = {}
        for name in ORDER_FIELDS:
            for row in rows:
                value = self._text(row.cells, name)
                if value is not None:
                    head[name] = value
                    break
            if name not in head and name in self.mapping.defaults:
                head[name] = str(self.mapping.defaults[name])
        return head

    def _who(self, head: Mapping[str, str], draft: dict[str, Any]) -> None:
        buyer = {
            field: head[name]
            for field, name in (
                ("external_id", "customer_id"),
                ("email", "customer_email"),
                ("name", "customer_name"),
                ("phone", "customer_phone"),
            )
            if name in head
        }
        if buyer:
            draft["customer"] = buyer
        if "country" in head:
            address = {name: head[name] for name in _ADDRESS if name in head}
            if "name" not in address and "customer_name" in head:
                address["name"] = head["customer_name"]
            draft["ship_to"] = draft["bill_to"] = address
        if "pickup_location" in head:
            draft["delivery_groups"] = [
                {"key": "g1", "pickup_location": head["pickup_location"]}
                | ({"method": head["method"]} if "method" in head else {})
            ]
        elif "method" in head:
            draft["delivery_method"] = head["method"]

    def _money(
        self, head: Mapping[str, str], draft: dict[str, Any], amounts: Mapping[str, int | None]
    ) -> None:
        shipping, discount, fee = (amounts[name] or 0 for name in ("shipping", "discount", "fee"))
        lines = draft["lines"]
        total = sum(
            line["amount_minor"]
            - line.get("discount_minor", 0)
            + (line.get("tax_minor", 0) if draft.get("tax_mode") == "net" else 0)
            for line in lines
        )
        total += shipping - discount + fee
        draft["total_minor"] = total if amounts["total"] is None else amounts["total"]
        if discount:
            code = head.get("discount_code", "discount")
            draft["discounts"] = [{"code": code, "amount_minor": discount}]
        if fee:
            draft["fees"] = [{"code": head.get("fee_code", "fee"), "amount_minor": fee}]
        if shipping:
            group = draft.setdefault("delivery_groups", [{"key": "g1"}])[0]
            group["shipping_minor"] = shipping
            if "delivery_method" in draft:
                group["method"] = draft["delivery_method"]
        paid = draft["total_minor"] if amounts["paid"] is None else amounts["paid"]
        if "gateway" in head and paid and paid > 0:
            reference = head.get("payment_ref", f"{draft['channel']}:{draft['external_id']}")
            draft["payments"] = [
                {
                    "gateway": head["gateway"],
                    "method": head.get("payment_method", "card"),
                    "amount_minor": paid,
                    "authorization_ref": reference,
                }
            ]

    def _line(self, row: Numbered, currency: str, faults: list[Fault]) -> dict[str, Any]:
        cells = row.cells
        try:
            sku = self._needed(cells, "sku")
            quantity = self._whole(self._needed(cells, "quantity"), "quantity")
            price = self._decimal(self._needed(cells, "unit_price"), "unit_price")
            line: dict[str, Any] = {
                "sku": sku,
                "quantity": quantity,
                "unit_price": format(price, "f"),
            }
            amount = self._minor(self._text(cells, "amount"), "amount", currency)
            line["amount_minor"] = (
                round_half_up(price * quantity, currency) if amount is None else amount
            )
            for field, name in (("discount_minor", "line_discount"), ("tax_minor", "line_tax")):
                minor = self._minor(self._text(cells, name), name, currency)
                if minor:
                    line[field] = minor
        except _Unreadable as unreadable:
            fault = unreadable.fault
            detail = f"Row {row.number}: {fault.detail}"
            faults.append(Fault(fault.code, fault.pointer, detail))
            return {}
        for field, name in (
            ("title", "title"),
            ("external_id", "line_id"),
            ("gift_message", "gift_message"),
        ):
            value = self._text(cells, name)
            if value is not None:
                line[field] = value
        return line

    def _needed(self, cells: Mapping[str, Any], name: str) -> str:
        value = self._text(cells, name)
        if value is None and name in self.mapping.defaults:
            value = str(self.mapping.defaults[name])
        if value is None:
            column = self.mapping.columns.get(name, name)
            raise _Unreadable(Fault("required", name, f"The column {column!r} is empty."))
        return value

    def _text(self, cells: Mapping[str, Any], name: str) -> str | None:
        column = self.mapping.columns.get(name)
        if column is not None:
            value = cells.get(column)
        else:
            value = cells.get(name)
            for other in _ALSO.get(name, ()) if value is None else ():
                value = value if value is not None else cells.get(other)
        if value is None:
            return None
        text = self._moment(value, name) if name == "placed_at" else str(value).strip()
        if not text:
            return None
        return self.mapping.values.get(name, {}).get(text, text)

    def _moment(self, value: Any, name: str) -> str:
        text = str(value).strip()
        if not text:
            return ""
        try:
            if isinstance(value, datetime):
                moment = value
            elif self.mapping.read.date_format is not None:
                moment = datetime.strptime(text, self.mapping.read.date_format)  # noqa: DTZ007
            else:
                moment = datetime.fromisoformat(text)
        except ValueError:
            detail = f"{text!r} is not a time; name its form by read.date_format."
            raise _Unreadable(Fault("invalid_value", name, detail)) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        return moment.astimezone(UTC).isoformat()

    def _decimal(self, text: str, name: str) -> Decimal:
        plain = text.replace(".", "").replace(",", ".") if self.mapping.read.decimal_comma else text
        try:
            number = Decimal(plain.replace(" ", ""))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= Decimal(10) ** 13:
            raise _Unreadable(Fault("invalid_value", name, f"{text!r} is not a number."))
        return number

    def _whole(self, text: str, name: str) -> int:
        number = self._decimal(text, name)
        if number != int(number):
            detail = f"The {name} {text} is not a whole number."
            raise _Unreadable(Fault("invalid_value", name, detail))
        return int(number)

    def _minor(self, text: str | None, name: str, currency: str) -> int | None:
        if text is None:
            return None
        number = self._decimal(text, name)
        exact = number.scaleb(exponent_of(currency))
        if exact != exact.to_integral_value():
            detail = f"{text} has more decimals than {currency}."
            raise _Unreadable(Fault("invalid_value", name, detail))
        return int(exact)
