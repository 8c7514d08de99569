"""Real orders of a marketplace: sellers are the locations, payments come in several rows.

Orders that were canceled or never had items are left out, with their number. By default one order
of thirty-six; with ARGOSY_WHOLE_DATA=1 all of them, which takes some minutes.
"""

import os
from collections import Counter
from datetime import timedelta

from argosy.imports import olist
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from tests.conftest import ROOT, needs
from tests.journeys.walk import check_all_ended, open_business, stock, walk

FOLDER = ROOT.parent / "shared" / "data" / "olist"
EVERY = 1 if os.environ.get("ARGOSY_WHOLE_DATA") == "1" else 36
NOT_RUN = {"canceled", "unavailable"}


async def test_marketplace_orders_run_to_invoiced_and_closed(
    db: Database, clock: FixedClock
) -> None:
    needs(FOLDER, "the marketplace's orders may not be shipped with the project")
    market = olist.Market.read(FOLDER)
    report = olist.Report()
    found = list(olist.orders(market, report, method="standard"))
    assert report.orders == len(found)
    assert report.seen == report.orders + report.without_items + report.without_customer
    # What the marketplace canceled is not shipped; what nobody paid waits for its money.
    ran = [each for each in found if each.attributes["status"] not in NOT_RUN and each.payments]
    several = sum(len(each.payments) > 1 for each in ran)
    assert several > 500
    chosen = [each for each in ran if len(each.payments) > 1][::EVERY] + [
        each for each in ran if len(each.payments) == 1
    ][::EVERY]
    sold: Counter[tuple[str, str]] = Counter()
    for order in chosen:
        for line in order.lines:
            assert line.attributes is not None
            sold[line.attributes["seller"], line.sku] += line.quantity
    sellers = {seller for seller, _ in sold}
    products = {sku for _, sku in sold}
    await open_business(
        db,
        clock.now(),
        [each for each in olist.locations(market) if each.code in sellers],
        [each for each in olist.skus(market) if each.code in products],
        currency=olist.CURRENCY,
    )
    await stock(db, clock.now(), sold)
    clock.advance(timedelta(minutes=1))
    await walk(db, clock, chosen)
    await check_all_ended(db, len(chosen))
