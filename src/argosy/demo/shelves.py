"""How much of everything lies where, sized from the orders that will come. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from argosy.demo.goods import Goods
from argosy.demo.network import STORES, VENDOR
from argosy.demo.people import Draw
from argosy.orders import PlaceOrder

# Of what will be sold: enough for all orders, a margin, and what the days after will need.
_SHARES = (("daventry", 0.95, 24), ("wakefield", 0.45, 12), ("venlo", 0.5, 8))
_SCARCE_SHARE = 0.55
_IN_STORES = 500
_DAYS_TO_REFILL = 9


class Expected(Struct, frozen=True):
    """Units on their way to a location, on a day counted from the start of the replay."""

    sku: str
    location: str
    quantity: int
    day: int


class Shelves(Struct, frozen=True):
    """Stock at the start, by location and SKU, and what is expected later."""

    stock: dict[str, dict[str, int]]
    expected: list[Expected]


def fill_shelves(goods: Goods, orders: Iterable[PlaceOrder], last_day: int) -> Shelves:
    """Return stock that lets most of `orders` be filled; `last_day` is the day after the replay.

    Scarce SKUs have about half of what will be asked for. Those that are refilled get the rest
    while orders come in, the others after the last day.
    """
    asked, picked_up = _demand(goods, list(orders))
    stock: dict[str, dict[str, int]] = {}
    expected = []
    best_sellers = {sku for sku, _ in asked.most_common(_IN_STORES)}
    for sku in sorted({row.code for row in goods.skus if not row.components} - goods.digital):
        units = asked[sku]
        if sku in goods.drop_shipped:
            _put(stock, VENDOR.code, sku, 40 + units * 2)
        elif sku in goods.scarce:
            _put(stock, "daventry", sku, math.floor(units * _SCARCE_SHARE))
            if sku not in goods.short:
                late = Draw(f"expected/{sku}").below(5)
                day = _DAYS_TO_REFILL - late if sku in goods.refilled else last_day + 3 + late
                expected.append(Expected(sku, "daventry", units + 48, day))
        else:
            for location, share, least in _SHARES:
                _put(stock, location, sku, math.ceil(units * share) + least)
        for store in STORES:
            taken = picked_up[store.code, sku]
            spare = 2 + Draw(f"{store.code}/{sku}").below(6) if sku in best_sellers else 0
            if sku not in goods.scarce and (taken or spare):
                _put(stock, store.code, sku, taken + spare)
    return Shelves(stock, expected)


def _put(stock: dict[str, dict[str, int]], location: str, sku: str, units: int) -> None:
    stock.setdefault(location, {})[sku] = units


def _demand(
    goods: Goods, orders: Sequence[PlaceOrder]
) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Return units by SKU, and by store and SKU for what is picked up; of kits their parts."""
    asked: Counter[str] = Counter()
    picked_up: Counter[tuple[str, str]] = Counter()
    for order in orders:
        stores = {group.key: group.pickup_location for group in order.delivery_groups}
        for line in order.lines:
            store = stores.get(line.delivery_group or "")
            for sku, units in goods.stocked(line.sku, line.quantity):
                if store is None:
                    asked[sku] += units
                else:
                    picked_up[store, sku] += units
    return asked, picked_up
