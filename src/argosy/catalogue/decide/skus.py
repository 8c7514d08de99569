"""Which products and SKUs are taken."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from argosy.catalogue.decide.checks import barcode_fault
from argosy.catalogue.model import (
    ProductRecord,
    ProductRow,
    Refusal,
    SkuFacts,
    SkuRecord,
    SkuRename,
    SkuRow,
)
from argosy.kernel.refusals import Refused


def repeated_codes(codes: Sequence[str]) -> dict[int, Refused]:
    """Refuse every row of a batch whose code another row has too: none is the right one."""
    counts = Counter(codes)
    return {
        index: Refused(
            Refusal.CODE_REPEATED,
            f"{counts[code]} rows of this batch are called {code!r}.",
            "/code",
        )
        for index, code in enumerate(codes)
        if counts[code] > 1
    }


def decide_products(
    rows: Sequence[ProductRow],
    known: Mapping[str, tuple[ProductRecord, int]],
    new_id: Callable[[], UUID],
) -> list[ProductRecord | Refused]:
    """Return each row as it would be kept, or why it is refused."""
    repeated = repeated_codes([row.code for row in rows])
    return [
        repeated.get(index)
        or ProductRecord(
            product_id=known[row.code][0].product_id if row.code in known else new_id(),
            code=row.code,
            title=row.title,
            description=row.description,
            brand=row.brand,
            attributes=row.attributes,
        )
        for index, row in enumerate(rows)
    ]


def decide_skus(
    rows: Sequence[SkuRow], facts: SkuFacts, new_id: Callable[[], UUID]
) -> list[SkuRecord | Refused]:
    """Return each row as it would be kept, or why it is refused.

    Rows see each other: a kit may be made of SKUs of the same batch, unless those are refused.
    """
    decided: list[SkuRecord | Refused | None] = [None] * len(rows)
    for index, refused in repeated_codes([row.code for row in rows]).items():
        decided[index] = refused
    parts: dict[str, SkuRecord] = {code: record for code, (record, _) in facts.skus.items()}
    barcodes = _barcode_owners(rows, facts)
    # SKUs first, then the kits that are made of them.
    for kits in (False, True):
        for index, row in enumerate(rows):
            if decided[index] is not None or bool(row.components) is not kits:
                continue
            made = decided[index] = _decide_sku(row, facts, parts, barcodes, new_id)
            if isinstance(made, SkuRecord):
                parts[row.code] = made
    return [each for each in decided if each is not None]


def _barcode_owners(rows: Sequence[SkuRow], facts: SkuFacts) -> dict[str, set[str]]:
    """Return which codes want or have each barcode.

    A barcode moves from one SKU to another in two batches, for the first of two rows that do it in
    one may be refused.
    """
    owners: dict[str, set[str]] = {}
    for barcode, code in facts.barcodes.items():
        owners.setdefault(barcode, set()).add(code)
    for row in rows:
        for barcode in row.barcodes:
            owners.setdefault(barcode, set()).add(row.code)
    return owners


def _decide_sku(
    row: SkuRow,
    facts: SkuFacts,
    parts: Mapping[str, SkuRecord],
    barcodes: Mapping[str, set[str]],
    new_id: Callable[[], UUID],
) -> SkuRecord | Refused:
    product_id = None
    if row.product is not None:
        product_id = facts.products.get(row.product)
        if product_id is None:
            detail = f"There is no product {row.product!r}."
            return Refused(Refusal.PRODUCT_UNKNOWN, detail, "/product")
    fault = _barcode_fault(row, facts, barcodes)
    if fault is not None:
        return fault
    known = facts.skus[row.code][0] if row.code in facts.skus else None
    if known is not None:
        fault = _kind_fault(row, known, facts)
        if fault is not None:
            return fault
    components: tuple[tuple[UUID, int], ...] = ()
    if row.components:
        found = _components(row, parts)
        if isinstance(found, Refused):
            return found
        components = found
    return SkuRecord(
        sku_id=known.sku_id if known else new_id(),
        code=row.code,
        title=row.title,
        product_id=product_id,
        barcodes=tuple(dict.fromkeys(row.barcodes)),
        kind=row.kind,
        is_kit=bool(row.components),
        components=components,
        tax_class=row.tax_class,
        weight_grams=row.weight_grams,
        length_mm=row.length_mm,
        width_mm=row.width_mm,
        height_mm=row.height_mm,
        returnable=row.returnable,
        backorder_cap=row.backorder_cap,
        backorder_lead_days=row.backorder_lead_days,
        preorder_until=row.preorder_until,
        active=row.active,
        attributes=row.attributes,
    )


def _barcode_fault(
    row: SkuRow, facts: SkuFacts, barcodes: Mapping[str, set[str]]
) -> Refused | None:
    for index, barcode in enumerate(row.barcodes):
        fault = barcode_fault(barcode)
        if fault is not None:
            return Refused(Refusal.BARCODE_INVALID, fault, f"/barcodes/{index}")
        others = barcodes[barcode] - {row.code}
        # Who has it already keeps it, whoever else asks for it in the same batch.
        if others and facts.barcodes.get(barcode) != row.code:
            detail = f"The barcode {barcode} belongs to {min(others)!r}."
            return Refused(Refusal.BARCODE_TAKEN, detail, f"/barcodes/{index}")
    return None


def _kind_fault(row: SkuRow, known: SkuRecord, facts: SkuFacts) -> Refused | None:
    """Return why a SKU that exists cannot become what the row says.

    A kit has no stock and a SKU has: one that became the other would leave balances behind, or
    orders without parts.
    """
    if bool(row.components) is not known.is_kit:
        detail = "A kit stays a kit, and a SKU without parts stays one: make a new SKU."
        return Refused(Refusal.KIT_FIXED, detail, "/components")
    if row.kind != "physical" and known.sku_id in facts.inside_kits:
        detail = f"{row.code!r} is part of a kit, and kits are made of goods."
        return Refused(Refusal.COMPONENT_NOT_PHYSICAL, detail, "/kind")
    return None


def _components(
    row: SkuRow, parts: Mapping[str, SkuRecord]
) -> tuple[tuple[UUID, int], ...] | Refused:
    if row.kind != "physical":
        detail = "A kit is made of goods; make it physical."
        return Refused(Refusal.KIT_NOT_PHYSICAL, detail, "/kind")
    if row.backorder_cap or row.preorder_until is not None:
        detail = "A kit has no stock of its own: its parts say what may be back-ordered."
        return Refused(Refusal.KIT_CANNOT_WAIT, detail, "/backorder_cap")
    found: dict[UUID, int] = {}
    for index, each in enumerate(row.components):
        pointer = f"/components/{index}/sku"
        if each.sku == row.code:
            detail = "A kit cannot contain itself."
            return Refused(Refusal.KIT_CONTAINS_ITSELF, detail, pointer)
        part = parts.get(each.sku)
        if part is None:
            detail = f"There is no SKU {each.sku!r}."
            return Refused(Refusal.COMPONENT_UNKNOWN, detail, pointer)
        if part.is_kit:
            detail = f"{each.sku!r} is a kit itself: name its parts."
            return Refused(Refusal.KIT_INSIDE_KIT, detail, pointer)
        if part.kind != "physical":
            detail = f"{each.sku!r} is not goods, and kits are made of goods."
            return Refused(Refusal.COMPONENT_NOT_PHYSICAL, detail, pointer)
        if part.sku_id in found:
            detail = f"{each.sku!r} is named twice: say how many once."
            return Refused(Refusal.COMPONENT_REPEATED, detail, pointer)
        found[part.sku_id] = each.quantity
    return tuple(sorted(found.items()))


def decide_renames(
    rows: Sequence[SkuRename], known: Mapping[str, UUID]
) -> list[tuple[UUID, str] | Refused]:
    """Return the id and new code of each SKU to be renamed, or why not.

    `known` has the ids of those SKUs that bear one of the codes, old or new.
    """
    repeated = repeated_codes([row.code for row in rows])
    wanted = Counter(row.new_code for row in rows)
    decided: list[tuple[UUID, str] | Refused] = []
    for index, row in enumerate(rows):
        if index in repeated:
            decided.append(repeated[index])
        elif row.code not in known:
            detail = f"There is no SKU {row.code!r}."
            decided.append(Refused(Refusal.SKU_UNKNOWN, detail, "/code"))
        elif row.new_code == row.code:
            decided.append((known[row.code], row.code))
        elif row.new_code in known or wanted[row.new_code] > 1:
            detail = f"Another SKU is called {row.new_code!r}."
            decided.append(Refused(Refusal.CODE_TAKEN, detail, "/new_code"))
        else:
            decided.append((known[row.code], row.new_code))
    return decided
