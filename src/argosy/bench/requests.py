"""The orders and feeds that benchmarks send: deterministic, so that a baseline writes the same."""

import json
import random
from collections.abc import Iterator
from typing import Any

LINES_PER_ORDER = 3
BLOCK = 1000  # So many orders have half as many customers.
_FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gwen", "Hugo", "Iris", "Jon")
_LAST = ("Abbot", "Baker", "Carter", "Dyer", "Ellis", "Fisher", "Grant", "Hale", "Irwin", "Joyce")
_CITIES = ("London", "Leeds", "York", "Bath", "Derby", "Exeter", "Truro", "Ripon")


def sku_code(number: int) -> str:
    """Return the code of the SKU numbered so."""
    return f"SKU-{number:05d}"


def order_of(
    number: int, *, prefix: str, skus: int, hot: bool = False, sandbox: bool = False
) -> dict[str, Any]:
    """Return the order numbered so: three lines, one delivery group, one payment.

    Of each thousand, the first half comes from customers nobody has seen, the others from the same
    again. `hot` puts all lines on one SKU; `sandbox` leaves the authorization to that gateway.
    """
    draw = random.Random(number)  # noqa: S311
    codes = [1] * LINES_PER_ORDER if hot else draw.sample(range(1, skus + 1), LINES_PER_ORDER)
    lines, total = [], 0
    for code in codes:
        quantity, price = draw.randint(1, 3), draw.randint(100, 9999)
        total += quantity * price
        lines.append(
            {
                "sku": sku_code(code),
                "quantity": quantity,
                "unit_price": f"{price // 100}.{price % 100:02d}",
                "amount_minor": quantity * price,
                "tax_minor": quantity * price // 6,
                "delivery_group": "g1",
            }
        )
    name = f"{draw.choice(_FIRST)} {draw.choice(_LAST)}"
    address = {
        "name": name,
        "line1": f"{draw.randint(1, 200)} High Street",
        "city": draw.choice(_CITIES),
        "postal_code": f"N{draw.randint(1, 20)} {draw.randint(1, 9)}AB",
        "country": "GB",
    }
    buyer = f"{prefix}-c{number // BLOCK}-{number % (BLOCK // 2)}"
    return {
        "channel": "web",
        "external_id": f"{prefix}-{number}",
        "currency": "GBP",
        "tax_mode": "gross",
        "customer": {"external_id": buyer, "email": f"{buyer}@example.com", "name": name},
        "bill_to": address,
        "delivery_groups": [{"key": "g1", "method": "standard", "ship_to": address}],
        "lines": lines,
        "total_minor": total,
        "payments": [
            {
                "gateway": "sandbox" if sandbox else "manual",
                "method": "card",
                "amount_minor": total,
                "token" if sandbox else "authorization_ref": (
                    "tok_ok" if sandbox else f"{prefix}-{number}"
                ),
            }
        ],
    }


def orders_of(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the orders of a plan (`first`, `count`, `prefix`, `skus`, `hot`, `sandbox`)."""
    return [
        order_of(
            number,
            prefix=plan["prefix"],
            skus=plan["skus"],
            hot=plan.get("hot", False),
            sandbox=plan.get("sandbox", False),
        )
        for number in range(plan["first"], plan["first"] + plan["count"])
    ]


def _text(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def bodies_of(plan: dict[str, Any]) -> Iterator[bytes]:
    """Return the request bodies of a plan, by its `kind`."""
    if plan["kind"] == "bodies":
        for body in plan["bodies"]:
            yield body.encode()
        return
    orders = orders_of(plan)
    if plan["kind"] == "orders":
        for order in orders:
            yield _text(order)
        return
    size = plan["units_per_request"]
    for first in range(0, len(orders), size):
        yield _text({"items": orders[first : first + size]})
