"""What the demo business sells: SKUs of the sample with what it does not say of them. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct

from argosy.catalogue import ComponentRow, ProductRow, SkuRow
from argosy.demo.people import Draw, share
from argosy.imports.online_retail import Invoice, is_fee, why_not

MOST_KITS = 14
PREORDERS = 2
UNKNOWN_SKUS = 2
DROP_SHIP_WORD = "CERAMIC"

_SET = re.compile(r"^SET (?:OF )?(\d+)\b")
_SIZES = (("S", "small"), ("M", "medium"), ("L", "large"))


class Goods(Struct, frozen=True):
    """Everything sold; `parts` says what kits are made of, `scarce` what there is too little of.

    `short` are the scarce SKUs that cannot be back-ordered: orders for more than there is are
    refused. `refilled` are those whose next delivery comes while the sample is replayed.
    """

    products: list[ProductRow]
    skus: list[SkuRow]
    parts: dict[str, tuple[tuple[str, int], ...]]
    scarce: frozenset[str]
    short: frozenset[str]
    refilled: frozenset[str]
    drop_shipped: frozenset[str]
    digital: frozenset[str]
    unknown: frozenset[str]

    def stocked(self, sku: str, quantity: int) -> tuple[tuple[str, int], ...]:
        """Return the SKUs that must lie somewhere to sell `quantity` of `sku`, with their units."""
        if sku in self.digital or sku in self.unknown:
            return ()
        return tuple((part, n * quantity) for part, n in self.parts.get(sku, ((sku, 1),)))


def goods_of(invoices: Sequence[Invoice], today: date) -> Goods:
    """Return the goods of `invoices`, cancellations included, as they stand on `today`."""
    titles = _titles(invoices)
    orders: Counter[str] = Counter()
    for invoice in invoices:
        if why_not(invoice) is None:
            orders.update({line.sku for line in invoice.goods})
    digital = frozenset(sku for sku in titles if sku.startswith("GIFT_"))
    unknown = _unknown(invoices, orders)
    kits = _kits(titles, orders)
    plain = [sku for sku in sorted(titles) if sku not in kits and sku not in digital | unknown]
    preorders = [sku for sku in plain if orders[sku] == 2][:: len(plain) // 40][:PREORDERS]
    drop_shipped = frozenset(sku for sku in plain if DROP_SHIP_WORD in titles[sku])
    scarce = frozenset(
        sku
        for sku in plain
        if orders[sku] > 1
        and sku not in preorders
        and sku not in drop_shipped
        and share(f"scarce/{sku}", 1.2)
    )
    short = frozenset(sku for sku in scarce if share(f"short/{sku}", 15))
    rows: list[SkuRow] = []
    parts: dict[str, tuple[tuple[str, int], ...]] = {}
    products: dict[str, ProductRow] = {}
    for sku in sorted(titles):
        if sku in unknown:
            continue
        row = SkuRow(code=sku, title=titles[sku].capitalize(), **_measures(sku))  # type: ignore[arg-type]
        product = sku.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        if product != sku and product.isdecimal():
            products.setdefault(product, ProductRow(code=product, title=titles[sku].capitalize()))
            row.product = product
        if sku in digital:
            row.kind, row.weight_grams, row.returnable = "digital", None, False
        elif sku in kits:
            components = _components(row, kits[sku])
            rows += components
            parts[sku] = tuple((each.code, kits[sku] // len(components)) for each in components)
            row.components = [ComponentRow(code, n) for code, n in parts[sku]]
            row.barcodes = [_barcode(sku)]
        elif sku in preorders:
            row.preorder_until, row.backorder_cap = today + timedelta(days=12), 500
        elif sku in scarce - short:
            row.backorder_cap, row.backorder_lead_days = 2000, 6
        rows.append(row)
    return Goods(
        products=list(products.values()),
        # Components stand before the kits that are made of them.
        skus=sorted(rows, key=lambda row: bool(row.components)),
        parts=parts,
        scarce=scarce,
        short=short,
        refilled=frozenset(sku for sku in scarce - short if share(f"refilled/{sku}", 65)),
        drop_shipped=drop_shipped,
        digital=digital,
        unknown=unknown,
    )


def _titles(invoices: Sequence[Invoice]) -> dict[str, str]:
    """Return the most frequent description of each SKU; capitals tell titles from remarks."""
    seen: dict[str, Counter[str]] = {}
    for invoice in invoices:
        for line in invoice.lines:
            if is_fee(line.sku):
                continue
            words = seen.setdefault(line.sku, Counter())
            text = " ".join((line.description or "").split())
            if text.upper() == text or line.sku.startswith("GIFT_"):
                words[text] += 1 if text else 0
    return {
        sku: words.most_common(1)[0][0] if words and words.most_common(1)[0][0] else f"ITEM {sku}"
        for sku, words in seen.items()
    }


def _unknown(invoices: Sequence[Invoice], orders: Counter[str]) -> frozenset[str]:
    """Return a few SKUs of the marketplace that somebody forgot to set up."""
    found: list[str] = []
    for invoice in invoices:
        if why_not(invoice) is None and channel_of(invoice) == "marketplace":
            found += [line.sku for line in invoice.goods if orders[line.sku] == 1][:1]
    return frozenset(found[7 :: max(1, len(found) // UNKNOWN_SKUS)][:UNKNOWN_SKUS])


def _kits(titles: dict[str, str], orders: Counter[str]) -> dict[str, int]:
    """Return the sets that are put together from parts on the shelf, with how many parts."""
    sets = {
        sku: int(match[1])
        for sku, title in titles.items()
        if (match := _SET.match(title)) and 2 <= int(match[1]) <= 6
    }
    chosen = sorted(sets, key=lambda sku: (-orders[sku], sku))[:MOST_KITS]
    return {sku: sets[sku] for sku in chosen}


def _components(kit: SkuRow, pieces: int) -> list[SkuRow]:
    named = _SIZES if pieces == len(_SIZES) else (("1", "single piece"),)
    return [
        SkuRow(
            code=f"{kit.code}-{suffix}",
            title=f"{kit.title}, {name}",
            product=kit.product,
            **_measures(f"{kit.code}-{suffix}"),  # type: ignore[arg-type]
        )
        for suffix, name in named
    ]


def _measures(sku: str) -> dict[str, object]:
    """Return a weight, sides and a barcode that one might believe."""
    draw = Draw(f"measures/{sku}")
    return {
        "weight_grams": 20 + draw.below(60) * draw.below(25),
        "length_mm": 60 + draw.below(300),
        "width_mm": 40 + draw.below(200),
        "height_mm": 10 + draw.below(150),
        "barcodes": [_barcode(sku)],
        "attributes": {"bin": f"{'ABCDEFGH'[draw.below(8)]}{1 + draw.below(40):02}"},
    }


def _barcode(sku: str) -> str:
    """Return a GTIN-13 of the range that GS1 leaves to a shop's own use (20 … 29)."""
    body = f"20{Draw(f'barcode/{sku}').below(10**10):010}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


def channel_of(invoice: Invoice) -> str:
    """Return on which channel an invoice was bought; the sample does not say."""
    goods_minor = sum(line.amount_minor for line in invoice.goods)
    if any(is_fee(line.sku) for line in invoice.lines):
        return "web"
    if invoice.customer_id is None:
        return "store" if invoice.country_code == "GB" and len(invoice.goods) <= 40 else "web"
    if goods_minor >= 80_000:
        return "call-centre"
    draw = Draw(f"channel/{invoice.number}").below(100)
    return "marketplace" if draw < 22 else "call-centre" if draw < 30 else "web"
