"""Which rows of the catalogue are taken, and why others are not."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings, strategies as st

from argosy.catalogue import ComponentRow, LocationRow, Refusal, SkuRename, SkuRow
from argosy.catalogue.decide.checks import barcode_fault, hours_fault
from argosy.catalogue.decide.network import decide_locations
from argosy.catalogue.decide.skus import decide_renames, decide_skus
from argosy.catalogue.model import Network, SkuFacts, SkuRecord
from argosy.kernel.refusals import Refused

EMPTY = SkuFacts({}, frozenset(), {}, {})
NOWHERE = Network(version=1, channels={}, locations={}, groups={}, methods={}, transit={})


def codes(decided: Sequence[Any]) -> list[Any]:
    return [each.code if isinstance(each, (Refused, SkuRecord)) else each for each in decided]


def kit(code: str, *parts: str, **more: Any) -> SkuRow:
    return SkuRow(code=code, title=code, components=[ComponentRow(p, 1) for p in parts], **more)


def sku(code: str, **more: Any) -> SkuRow:
    return SkuRow(code=code, title=code, **more)


def test_a_kit_may_be_made_of_skus_of_its_batch() -> None:
    decided = decide_skus([kit("SET", "A", "B"), sku("A"), sku("B")], EMPTY, uuid4)
    assert codes(decided) == ["SET", "A", "B"]
    assert decided[0].is_kit  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([kit("SET", "SET")], Refusal.KIT_CONTAINS_ITSELF),
        ([kit("SET", "NONE")], Refusal.COMPONENT_UNKNOWN),
        ([kit("SET", "A", "A"), sku("A")], Refusal.COMPONENT_REPEATED),
        ([kit("SET", "A"), sku("A", kind="digital")], Refusal.COMPONENT_NOT_PHYSICAL),
        ([kit("SET", "A", kind="digital"), sku("A")], Refusal.KIT_NOT_PHYSICAL),
        ([kit("SET", "A", backorder_cap=1), sku("A")], Refusal.KIT_CANNOT_WAIT),
        ([sku("A"), sku("A")], Refusal.CODE_REPEATED),
        ([sku("A", product="NONE")], Refusal.PRODUCT_UNKNOWN),
        ([sku("A", barcodes=["4006381333932"])], Refusal.BARCODE_INVALID),
        ([sku("A", barcodes=["x"]), sku("B", barcodes=["x"])], Refusal.BARCODE_TAKEN),
    ],
)
def test_rows_that_are_refused(rows: list[SkuRow], why: Refusal) -> None:
    assert codes(decide_skus(rows, EMPTY, uuid4))[0] == why


def test_a_kit_inside_a_kit_is_refused_also_when_it_is_known() -> None:
    inner = SkuRecord(uuid4(), "INNER", "Inner", is_kit=True, components=((uuid4(), 1),))
    facts = SkuFacts({"INNER": (inner, 1)}, frozenset(), {}, {})
    assert codes(decide_skus([kit("SET", "INNER")], facts, uuid4)) == [Refusal.KIT_INSIDE_KIT]


def test_a_sku_does_not_become_a_kit_nor_a_part_digital() -> None:
    known = SkuRecord(uuid4(), "A", "A")
    facts = SkuFacts({"A": (known, 1)}, frozenset({known.sku_id}), {}, {})
    assert codes(decide_skus([kit("A", "B"), sku("B")], facts, uuid4))[0] == Refusal.KIT_FIXED
    decided = decide_skus([sku("A", kind="digital")], facts, uuid4)
    assert codes(decided) == [Refusal.COMPONENT_NOT_PHYSICAL]


names = st.sampled_from("ABCDEF")
rows = st.lists(
    st.builds(
        lambda code, parts: kit(code, *parts) if parts else sku(code),
        names,
        st.lists(names, max_size=3),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(rows)
def test_no_batch_ever_makes_a_kit_of_kits(batch: list[SkuRow]) -> None:
    decided = decide_skus(batch, EMPTY, uuid4)
    kept = {each.sku_id: each for each in decided if isinstance(each, SkuRecord)}
    for record in kept.values():
        for part, quantity in record.components:
            assert quantity > 0
            assert part != record.sku_id
            assert not kept[part].is_kit
    assert len(decided) == len(batch)
    assert len({each.code for each in kept.values()}) == len(kept)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(names, names), min_size=1, max_size=6))
def test_renames_never_give_one_code_to_two(asked: list[tuple[str, str]]) -> None:
    known: dict[str, UUID] = {code: uuid4() for code in "ABC"}
    decided = decide_renames([SkuRename(*each) for each in asked], known)
    after = {sku_id: code for code, sku_id in known.items()}
    for each in decided:
        if not isinstance(each, Refused):
            after[each[0]] = each[1]
    assert len(set(after.values())) == len(after)


@pytest.mark.parametrize(
    ("barcode", "good"),
    [
        ("4006381333931", True),
        ("96385074", True),
        ("012345678905", True),
        ("012345678906", False),
        ("anything-goes", True),
        (" x", False),
        ("a\tb", False),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", True),
    ],
)
def test_barcodes(barcode: str, good: bool) -> None:
    assert (barcode_fault(barcode) is None) is good


@pytest.mark.parametrize(
    ("hours", "good"),
    [
        ({"mon": [("09:00", "12:00"), ("13:00", "24:00")]}, True),
        ({"mon": [("09:00", "12:00"), ("11:00", "13:00")]}, False),
        ({"mon": [("12:00", "09:00")]}, False),
        ({"monday": [("09:00", "12:00")]}, False),
        ({"mon": [("9", "12:00")]}, False),
        ({"mon": [("25:00", "26:00")]}, False),
    ],
)
def test_opening_hours(hours: dict[str, list[tuple[str, str]]], good: bool) -> None:
    assert (hours_fault(hours) is None) is good


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"time_zone": "Mars/Base"}, Refusal.TIME_ZONE_UNKNOWN),
        ({"time_zone": "../etc/passwd"}, Refusal.TIME_ZONE_UNKNOWN),
        ({"latitude": 5.0}, Refusal.COORDINATES_INCOMPLETE),
        ({"opening_hours": {"xxx": []}}, Refusal.OPENING_HOURS_INVALID),
    ],
)
def test_locations_that_are_refused(fields: dict[str, Any], why: Refusal) -> None:
    row = LocationRow(code="x", name="X", kind="store", country="GB", **fields)
    decided = decide_locations([row], NOWHERE, uuid4)
    assert isinstance(decided[0], Refused)
    assert decided[0].code == why
