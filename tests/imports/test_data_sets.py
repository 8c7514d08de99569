"""Online Retail and Olist: every row is accounted for, every order sums to what was paid."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from argosy.imports import olist, online_retail
from argosy.imports.online_retail import InvoiceLine, Report
from argosy.imports.orders import retail_lines
from argosy.imports.rows import grouped
from argosy.orders import PlaceOrder
from tests.conftest import needs

SHARED = Path(__file__).parents[3] / "shared" / "data"
RETAIL = SHARED / "online_retail" / "online_retail_2010-12_2011-09.parquet"
OLIST = SHARED / "olist"
AT = datetime(2010, 12, 1, 8, 26)  # noqa: DTZ001  (the source has local times)


def line(
    invoice: str, code: str, quantity: int = 1, price: str = "1.00", **more: Any
) -> InvoiceLine:
    fields: dict[str, Any] = {
        "description": code.title(),
        "invoiced_at": AT,
        "customer_id": 17850,
        "country": "United Kingdom",
    }
    return InvoiceLine(
        invoice=invoice,
        stock_code=code,
        quantity=quantity,
        unit_price=Decimal(price),
        **fields | more,
    )


def read(*lines: InvoiceLine) -> tuple[list[PlaceOrder], Report]:
    report = Report()
    return list(online_retail.orders_of(lines, report, channel="web")), report


def accounted_for(report: Report) -> bool:
    parts = (report.order_rows, report.fee_rows, report.other_rows, report.negative_rows)
    return report.rows == sum(parts)


def test_what_is_no_sale_is_counted_and_no_order() -> None:
    orders, report = read(
        line("C1", "22423", -1),
        line("C2", "D", -1, "27.50"),
        line("A1", "B", 1, "-11062.06"),
        line("5", "AMAZONFEE", 1, "13541.33"),
        line("6", "22423", -10, "0", customer_id=None),
        line("7", "22423", 10, "0", customer_id=None),
    )
    assert orders == []
    assert report.not_orders == {
        "cancellation": 2,
        "bad_debt": 1,
        "fees_only": 1,
        "stock_write_off": 1,
        "stock_found": 1,
    }
    assert report.fee_rows_elsewhere == {"D": 1, "B": 1, "AMAZONFEE": 1}
    assert accounted_for(report)


def test_fees_go_beside_the_goods_and_everything_sums() -> None:
    (order,), report = read(
        line("1", "85123a", 6, "2.55"),
        line("1", "85123A", 6, "2.55"),
        line("1", "POST", 1, "18.00"),
        line("1", "M", 1, "1.25"),
        line("1", "PADS", 1, "0.001"),
        line("1", "GIFT", 1, "0"),
        line("1", "22423", -1),
    )
    assert [each.sku for each in order.lines] == ["85123A", "85123A", "PADS", "GIFT"]
    assert order.delivery_groups[0].shipping_minor == 1800
    assert [(fee.code, fee.amount_minor) for fee in order.fees] == [("M", 125)]
    assert order.total_minor == 1530 * 2 + 1800 + 125
    assert order.payments[0].amount_minor == order.total_minor
    assert (report.duplicate_rows, report.sub_cent_rows, report.zero_price_rows) == (0, 1, 1)
    assert report.fees_minor == {"POST": 1800, "M": 125}
    assert report.negative_rows == 1
    assert accounted_for(report)


def test_guests_have_no_customer_and_duplicates_are_kept() -> None:
    (order,), report = read(*[line("1", "22423", customer_id=None)] * 3)
    assert order.customer is None
    assert len(order.lines) == 3
    assert (report.guests, report.duplicate_rows) == (1, 2)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 10))
def test_groups_keep_every_row_and_their_order(keys: list[int], window: int) -> None:
    rows = list(enumerate(keys))
    groups = list(grouped(rows, lambda row: row[1], window=window))
    assert sorted(row for group in groups for row in group) == rows
    for group in groups:
        assert len({key for _, key in group}) == 1
        assert group == sorted(group)
        assert all(b[0] - a[0] <= window for a, b in pairwise(group))
    assert len(list(grouped(rows, lambda row: row[1], window=1000))) == len(set(keys))


def test_groups_are_given_out_while_the_file_is_read() -> None:
    read_so_far = 0

    def endless() -> Iterator[int]:
        nonlocal read_so_far
        while True:
            read_so_far += 1
            yield read_so_far

    next(grouped(endless(), lambda row: row, window=50))
    assert read_so_far <= 51


def test_every_row_of_online_retail_is_accounted_for() -> None:
    needs(RETAIL, "Online Retail lies beside the project")
    report = Report()
    orders = units = 0
    ids: set[str] = set()
    for order in online_retail.orders_of(retail_lines(RETAIL), report, channel="web"):
        orders += 1
        units += sum(each.quantity for each in order.lines)
        goods = sum(each.amount_minor for each in order.lines)
        fees = sum(fee.amount_minor for fee in order.fees)
        assert order.total_minor == goods + fees + order.delivery_groups[0].shipping_minor
        ids.add(order.external_id)
    assert (report.rows, orders, len(ids)) == (370_931, 14_212, 14_212)
    assert accounted_for(report)
    assert report.not_orders["cancellation"] == 2887
    assert units > 0


def test_every_order_of_olist_sums_to_what_was_paid() -> None:
    needs(OLIST, "Olist lies beside the project")
    market = olist.Market.read(OLIST)
    report = olist.Report()
    for order in olist.orders(market, report, channel="olist", shift=timedelta(days=1)):
        parts = sum(each.amount_minor for each in order.lines)
        parts += order.delivery_groups[0].shipping_minor
        parts += sum(fee.amount_minor for fee in order.fees)
        parts -= sum(each.amount_minor for each in order.discounts)
        assert order.total_minor == parts >= 0
        paid = sum(payment.amount_minor for payment in order.payments)
        assert paid in (0, order.total_minor)
    assert report.seen == len(market.orders)
    assert report.seen == report.orders + report.without_items + report.without_customer
    assert report.several_payments > 0
    assert report.several_sellers > 0
    sellers = {row.code for row in olist.locations(market)}
    assert {seller for _, seller in market.sold()} == sellers


@pytest.mark.parametrize("cells", [{}, {"InvoiceNo": "1"}])
def test_other_files_are_no_online_retail(tmp_path: Path, cells: dict[str, str]) -> None:
    path = tmp_path / "x.csv"
    path.write_text(",".join(cells or {"a": ""}) + "\n" + ",".join(cells.values() or "b") + "\n")
    from argosy.imports.rows import FileUnusable  # noqa: PLC0415

    with pytest.raises(FileUnusable, match="not a row of Online Retail"):
        list(retail_lines(path))
