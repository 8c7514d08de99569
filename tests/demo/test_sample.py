from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import argosy.demo
from argosy.demo.goods import goods_of
from argosy.demo.make_sample import SAMPLE, cut
from argosy.demo.people import person_of
from argosy.demo.plan import plan_orders
from argosy.demo.shelves import fill_shelves
from argosy.demo.source import sample_invoices
from argosy.imports.online_retail import NotAnOrder
from argosy.orders.decide.addresses import doubt, impossible
from tests.conftest import ROOT, needs

ENDS_AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
PARQUET = ROOT.parent / "shared/data/online_retail/online_retail_2010-12_2011-09.parquet"


def test_the_sample_is_small_and_says_where_it_is_from() -> None:
    folder = Path(argosy.demo.__file__).parent / "sample"
    assert sum(each.stat().st_size for each in folder.iterdir()) < 400_000
    text = (folder / "ATTRIBUTION.md").read_text()
    for word in ("Chen, D. (2015)", "Online Retail", "CC BY 4.0", "10.24432/C5BW33"):
        assert word in text


def test_the_sample_can_be_made_again_byte_by_byte(tmp_path: Path) -> None:
    needs(PARQUET, "the whole data set lies beside the project")
    again = tmp_path / "again.csv.gz"
    assert cut(PARQUET, again) == 15_127
    assert again.read_bytes() == SAMPLE.read_bytes()


def test_cancellations_and_fees_are_reported_and_are_no_orders() -> None:
    invoices = sample_invoices()
    plan = plan_orders(invoices, goods_of(invoices, ENDS_AT.date()), ENDS_AT)
    assert len(plan.orders) == 618
    assert Counter(each.reason for each in plan.reported) == {
        NotAnOrder.CANCELLATION: 148,
        NotAnOrder.STOCK_WRITE_OFF: 43,
        NotAnOrder.STOCK_FOUND: 18,
        NotAnOrder.FEES_ONLY: 6,
    }
    assert all(
        each.invoice.startswith("C") == (each.reason is NotAnOrder.CANCELLATION)
        for each in plan.reported
    )
    assert plan.fee_lines == 107


def test_orders_end_now_and_keep_their_own_time() -> None:
    invoices = sample_invoices()
    orders = plan_orders(invoices, goods_of(invoices, ENDS_AT.date()), ENDS_AT).orders
    assert orders[-1].placed_at == ENDS_AT
    shifts = set()
    for order in orders:
        assert order.placed_at is not None
        original = datetime.fromisoformat(order.attributes["original_placed_at"])
        shifts.add(order.placed_at - original)
        assert order.total_minor == sum(each.amount_minor for each in order.payments)
    assert len(shifts) == 1
    assert orders[0].placed_at is not None
    assert timedelta(days=13) < ENDS_AT - orders[0].placed_at < timedelta(days=14)


def test_the_same_sample_gives_the_same_business() -> None:
    invoices = sample_invoices()
    goods = goods_of(invoices, ENDS_AT.date())
    plan = plan_orders(invoices, goods, ENDS_AT)
    assert goods_of(invoices, ENDS_AT.date()) == goods
    assert plan_orders(invoices, goods, ENDS_AT) == plan
    shelves = fill_shelves(goods, plan.orders, 15)
    assert fill_shelves(goods, plan.orders, 15) == shelves
    assert shelves.expected
    few = plan_orders(invoices, goods, ENDS_AT, most=7).orders
    assert len(few) == 7
    assert few[-1] == plan.orders[-1]


def test_people_are_made_up_and_live_where_letters_arrive() -> None:
    for invoice in sample_invoices():
        person = person_of(f"customer/{invoice.customer_id}", invoice.country_code)
        assert person.email is not None
        assert person.email.endswith("@example.com")
        assert impossible(person, physical=True) is None
        assert doubt(person) is None


def test_the_business_has_one_of_everything() -> None:
    goods = goods_of(sample_invoices(), ENDS_AT.date())
    assert goods.digital
    assert goods.parts
    assert goods.drop_shipped
    assert goods.unknown
    assert any(row.preorder_until for row in goods.skus)
    assert any(row.backorder_cap and not row.preorder_until for row in goods.skus)
    barcodes = [code for row in goods.skus for code in row.barcodes]
    assert len(barcodes) == len(set(barcodes))
