"""Ten months of real orders, from capture to closed.

By default one order of sixteen, spread over all ten months; with ARGOSY_WHOLE_DATA=1 all 14,212,
which takes some minutes.
"""

import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

from argosy.imports.online_retail import (
    NotAnOrder,
    PlaceOrder,
    Reported,
    invoices_of,
    line_of,
    order_of,
    skus_of,
)
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.orders import PlacePayment
from tests.business import LOCATIONS
from tests.conftest import ROOT, needs
from tests.journeys.walk import check_all_ended, open_business, stock, walk

DATA = ROOT.parent / "shared" / "data" / "online_retail"
PARQUET = DATA / "online_retail_2010-12_2011-09.parquet"
EVERY = 1 if os.environ.get("ARGOSY_WHOLE_DATA") == "1" else 16


def _read(path: Path) -> tuple[list[PlaceOrder], Counter[NotAnOrder], list[object]]:
    import pyarrow.parquet as pq  # noqa: PLC0415  (absent where the data is)

    lines = [line_of(row) for row in pq.read_table(path).to_pylist()]
    orders, reported = [], Counter()
    for invoice in invoices_of(lines):
        made = order_of(invoice, "web")
        if isinstance(made, Reported):
            reported[made.reason] += 1
            continue
        if made.total_minor:
            reference = f"web:{made.external_id}"
            made.payments = [PlacePayment("manual", made.total_minor, authorization_ref=reference)]
        orders.append(made)
    return orders, reported, skus_of(lines)


async def test_ten_months_run_to_invoiced_and_closed(db: Database, clock: FixedClock) -> None:
    needs(PARQUET, "the ten months lie beside the project, not in it")
    orders, reported, skus = _read(PARQUET)
    assert len(orders) == 14_212
    assert reported == {
        NotAnOrder.CANCELLATION: 2887,
        NotAnOrder.STOCK_WRITE_OFF: 1023,
        NotAnOrder.STOCK_FOUND: 535,
        NotAnOrder.FEES_ONLY: 126,
        NotAnOrder.BAD_DEBT: 3,
    }
    chosen = orders[::EVERY]
    await open_business(db, clock.now(), LOCATIONS[:2], skus, currency="GBP")
    sold: Counter[tuple[str, str]] = Counter()
    for order in chosen:
        for line in order.lines:
            sold["reading", line.sku] += line.quantity
    await stock(db, clock.now(), sold)
    clock.advance(timedelta(minutes=1))
    await walk(db, clock, chosen)
    await check_all_ended(db, len(chosen))
