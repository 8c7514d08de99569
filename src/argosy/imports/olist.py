"""Olist (CC BY-NC-SA 4.0, not shipped): orders of a Brazilian marketplace with many sellers.

Sellers are drop-ship locations where their ZIP code lies, products are SKUs, an order's payments
come in several rows. What was paid beyond the items and the freight is a fee (instalments cost
something), what was paid less is a discount, so that every order sums exactly.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from argosy.catalogue import LocationRow, SkuRow
from argosy.imports.rows import FileUnusable, read_parquet
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

CURRENCY = "BRL"
_ZONE = ZoneInfo("America/Sao_Paulo")
_METHODS = {
    "credit_card": "card",
    "debit_card": "card",
    "boleto": "bank_transfer",
    "voucher": "voucher",
}


class Report(Struct):
    """What the orders turned out to be; every order is placed or counted under `without_*`."""

    seen: int = 0
    orders: int = 0
    without_items: int = 0
    without_customer: int = 0
    without_payments: int = 0
    several_payments: int = 0
    several_sellers: int = 0
    overpaid: int = 0
    underpaid: int = 0
    statuses: dict[str, int] = field(default_factory=dict)


class Market(Struct):
    """The tables of the data set, by the keys that orders need."""

    orders: list[dict[str, Any]]
    items: dict[str, list[dict[str, Any]]]
    payments: dict[str, list[dict[str, Any]]]
    customers: dict[str, dict[str, Any]]
    products: dict[str, dict[str, Any]]
    sellers: dict[str, dict[str, Any]]
    places: dict[str, dict[str, Any]]
    categories: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> "Market":
        """Read the folder, orders by time of purchase; raises FileUnusable."""
        if not (folder / "orders.parquet").is_file():
            raise FileUnusable(f"{folder}: Olist is a folder with orders.parquet in it.")

        def table(name: str) -> Iterator[dict[str, Any]]:
            return (row.cells for row in read_parquet(folder / f"{name}.parquet"))

        items: dict[str, list[dict[str, Any]]] = {}
        for row in table("order_items"):
            items.setdefault(row["order_id"], []).append(row)
        payments: dict[str, list[dict[str, Any]]] = {}
        for row in table("order_payments"):
            payments.setdefault(row["order_id"], []).append(row)
        return cls(
            orders=sorted(
                table("orders"),
                key=lambda row: (row["order_purchase_timestamp"], row["order_id"]),
            ),
            items=items,
            payments=payments,
            customers={row["customer_id"]: row for row in table("customers")},
            products={row["product_id"]: row for row in table("products")},
            sellers={row["seller_id"]: row for row in table("sellers")},
            places={
                row["geolocation_zip_code_prefix"]: row for row in table("geolocation_zip_centroid")
            },
            categories={
                row["product_category_name"]: row["product_category_name_english"]
                for row in table("product_category_name_translation")
            },
        )

    def sold(self) -> Counter[tuple[str, str]]:
        """Return how many units each seller sold of each product: (product, seller) to units."""
        return Counter(
            (item["product_id"], item["seller_id"])
            for items in self.items.values()
            for item in items
        )


def skus(market: Market) -> list[SkuRow]:
    """Return every product that is sold, titled by its category."""
    rows = []
    for product_id in sorted({product for product, _ in market.sold()}):
        product = market.products.get(product_id, {})
        category = product.get("product_category_name") or ""
        title = market.categories.get(category, category) or "product"
        rows.append(
            SkuRow(
                code=product_id,
                title=f"{title.replace('_', ' ').capitalize()} {product_id[:6]}",
                weight_grams=product.get("product_weight_g") or None,
                length_mm=(product.get("product_length_cm") or 0) * 10 or None,
                width_mm=(product.get("product_width_cm") or 0) * 10 or None,
                height_mm=(product.get("product_height_cm") or 0) * 10 or None,
            )
        )
    return rows


def locations(market: Market) -> list[LocationRow]:
    """Return every seller that sold something as a drop-ship location at its ZIP code."""
    rows = []
    for seller_id in sorted({seller for _, seller in market.sold()}):
        seller = market.sellers.get(seller_id, {})
        zip_code = seller.get("seller_zip_code_prefix") or ""
        place = market.places.get(zip_code, {})
        city = (seller.get("seller_city") or "São Paulo").title()
        rows.append(
            LocationRow(
                code=seller_id,
                name=f"Seller {seller_id[:6]}, {city}"[:500],
                kind="drop_ship",
                country="BR",
                address={
                    "line1": f"CEP {zip_code or '01001'}",
                    "city": city,
                    "region": seller.get("seller_state") or "SP",
                    "postal_code": _postal(zip_code),
                },
                latitude=place.get("geolocation_lat"),
                longitude=place.get("geolocation_lng"),
                time_zone="America/Sao_Paulo",
            )
        )
    return rows


def _postal(prefix: str) -> str:
    return f"{prefix or '01001'}-000"


def orders(
    market: Market,
    report: Report,
    *,
    channel: str = "web",
    shift: timedelta = timedelta(0),
    gateway: str | None = "manual",
    method: str | None = None,
) -> Iterator[PlaceOrder]:
    """Return an order for each one that has items and a customer, by time of purchase.

    `shift` moves the dates. The attributes `status`, `delivered_at` and `promised_at` say what
    became of the order; `gateway` takes its payments, referred to as `<channel>:<order>:<n>`.
    """
    for row in market.orders:
        report.seen += 1
        status = row["order_status"]
        report.statuses[status] = report.statuses.get(status, 0) + 1
        items = market.items.get(row["order_id"], [])
        customer = market.customers.get(row["customer_id"])
        if not items:
            report.without_items += 1
        elif customer is None:
            report.without_customer += 1
        else:
            report.orders += 1
            report.several_sellers += len({item["seller_id"] for item in items}) > 1
            yield _order(market, row, items, customer, report, channel, shift, gateway, method)


def _order(
    market: Market,
    row: dict[str, Any],
    items: list[dict[str, Any]],
    customer: dict[str, Any],
    report: Report,
    channel: str,
    shift: timedelta,
    gateway: str | None,
    method: str | None,
) -> PlaceOrder:
    lines = _lines(items)
    freight = sum(round_half_up(item["freight_value"], CURRENCY) for item in items)
    goods = sum(line.amount_minor for line in lines)
    order_id = row["order_id"]
    paid = [
        (each["payment_type"], round_half_up(each["payment_value"], CURRENCY))
        for each in sorted(
            market.payments.get(order_id, []), key=lambda each: each["payment_sequential"]
        )
        if each["payment_value"] > 0
    ]
    report.without_payments += not paid
    report.several_payments += len(paid) > 1
    more = sum(amount for _, amount in paid) - goods - freight if paid else 0
    if more < -goods:  # No discount is larger than the goods; the rest is off the freight.
        freight += more + goods
        more = -goods
    report.overpaid += more > 0
    report.underpaid += more < 0
    address = _address(market, customer)
    return PlaceOrder(
        channel=channel,
        external_id=order_id,
        currency=CURRENCY,
        lines=lines,
        total_minor=goods + freight + more,
        placed_at=_moment(row["order_purchase_timestamp"]) + shift,
        customer=Buyer(external_id=customer["customer_unique_id"], name=address.name),
        bill_to=address,
        delivery_groups=[
            PlaceGroup(key="g1", method=method, ship_to=address, shipping_minor=freight)
        ],
        discounts=[PlaceCharge("payment_difference", -more)] if more < 0 else [],
        fees=[PlaceCharge("financing", more, "Instalments")] if more > 0 else [],
        payments=[
            PlacePayment(
                gateway,
                amount,
                _METHODS.get(kind, "other"),
                authorization_ref=f"{channel}:{order_id}:{number}",
            )
            for number, (kind, amount) in enumerate(paid, 1)
        ]
        if gateway is not None
        else [],
        attributes={
            name: value
            for name, value in (
                ("status", row["order_status"]),
                ("purchased_at", _text(row["order_purchase_timestamp"])),
                ("delivered_at", _text(row["order_delivered_customer_date"])),
                ("promised_at", _text(row["order_estimated_delivery_date"])),
            )
            if value is not None
        },
    )


def _lines(items: list[dict[str, Any]]) -> list[PlaceLine]:
    """Return a line for each product, seller and price; the data have a row for each unit."""
    counts = Counter((item["product_id"], item["seller_id"], item["price"]) for item in items)
    return [
        PlaceLine(
            sku=product_id,
            quantity=units,
            unit_price=format(price, "f"),
            amount_minor=round_half_up(price * units, CURRENCY),
            attributes={"seller": seller_id},
        )
        for (product_id, seller_id, price), units in counts.items()
    ]


def _address(market: Market, customer: dict[str, Any]) -> Address:
    zip_code = customer["customer_zip_code_prefix"]
    place = market.places.get(zip_code, {})
    return Address(
        country="BR",
        name=f"Customer {customer['customer_unique_id'][:6]}",
        line1=f"CEP {zip_code}",
        city=customer["customer_city"].title() or "São Paulo",
        region=customer["customer_state"],
        postal_code=_postal(zip_code),
        latitude=place.get("geolocation_lat"),
        longitude=place.get("geolocation_lng"),
    )


def _moment(local: datetime) -> datetime:
    return local.replace(tzinfo=_ZONE).astimezone(UTC)


def _text(local: datetime | None) -> str | None:
    return None if local is None else _moment(local).isoformat()
