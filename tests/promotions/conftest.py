"""Fixtures of the promotion tests."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from argosy.catalogue import ChannelRow, ChannelSettings, door as catalogue
from argosy.identity import SYSTEM
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.orders import Address, Buyer, PlaceCharge, PlaceLine, PlaceOrder, door as orders
from argosy.promotions import PriceListRow, PriceRow, PromotionCodeRow, door as promotions
from tests.business import Business

SQL = Path(__file__).parents[2] / "src" / "argosy" / "promotions" / "sql"
HOME = Address(country="GB", line1="1 High Street", city="London", postal_code="N1 1AA")


class Shop:
    """A business with stock, prices and codes, and short ways to order from it."""

    def __init__(self, db: Database, clock: FixedClock) -> None:
        self.db = db
        self.clock = clock
        self.number = 0

    async def prices(self, *rows: PriceRow, **more: Any) -> None:
        """Set prices in the list `retail` (GBP), made with `more`."""
        async with self.db.transaction() as tx:
            row = PriceListRow(**{"code": "retail", "name": "Retail", "currency": "GBP"} | more)
            done = await promotions.upsert_price_lists(tx, [row], by=SYSTEM, now=self.clock.now())
            assert done[0].code == row.code, done
            for each in await promotions.upsert_prices(tx, rows, by=SYSTEM, now=self.clock.now()):
                assert getattr(each, "change", None), each

    async def code(self, code: str, **more: Any) -> None:
        """Make a promotion code."""
        async with self.db.transaction() as tx:
            row = PromotionCodeRow(code=code, title=code, **more)
            done = await promotions.upsert_promotion_codes(
                tx, [row], by=SYSTEM, now=self.clock.now()
            )
            assert getattr(done[0], "change", None), done

    async def channel(self, **settings: Any) -> None:
        """Change how the channel `web` captures."""
        async with self.db.transaction() as tx:
            row = ChannelRow(
                code="web",
                name="Web shop",
                kind="web",
                currency="GBP",
                location_group="all",
                settings=ChannelSettings(**settings),
            )
            await catalogue.upsert_channels(tx, [row], by=SYSTEM, now=self.clock.now())

    def order(
        self,
        *,
        sku: str = "MUG",
        units: int = 2,
        price: str = "10.00",
        discount: int = 0,
        codes: tuple[str, ...] = (),
        customer: str | None = "c-1",
        placed_at: Any = None,
    ) -> PlaceOrder:
        """Return an order of one line; prices are whole pounds and pence."""
        self.number += 1
        amount = units * int(price.replace(".", ""))
        return PlaceOrder(
            channel="web",
            external_id=f"P-{self.number}",
            currency="GBP",
            lines=[PlaceLine(sku=sku, quantity=units, unit_price=price, amount_minor=amount)],
            total_minor=amount - discount,
            customer=None if customer is None else Buyer(external_id=customer),
            ship_to=HOME,
            discounts=[PlaceCharge("code", discount)] if discount else [],
            promotion_codes=list(codes),
            placed_at=placed_at,
        )

    async def place(self, *asked: PlaceOrder) -> list[str]:
        """Place orders together; return for each `placed`, its holds, or why it was refused."""
        done = await orders.place_orders(
            self.db, [orders.CaptureRequest(each, "key:test") for each in asked], self.clock.now()
        )
        return [
            ",".join(each.summary.holds) or "placed"
            if isinstance(each, orders.Captured)
            else each.faults[0].code.value
            for each in done
        ]

    async def value(self, query: str, *arguments: Any) -> Any:
        """Return the one value of a query."""
        async with self.db.reading() as tx:
            return await tx.fetchval(query, *arguments)


@pytest.fixture
async def shop(db: Database, clock: FixedClock, business: Business) -> AsyncIterator[Shop]:
    """Open a shop with a thousand of everything; the books must agree when the test is over."""
    async with db.transaction() as tx:
        await tx.execute(
            "insert into stock_balance (sku_id, location_id, on_hand)"
            " select s.sku_id, l.location_id, 1000 from sku s, location l"
            " where l.code = 'reading' and s.kind = 'physical' and not s.is_kit"
        )
    yield Shop(db, clock)
    async with db.reading() as tx:
        for path in sorted(SQL.glob("verify_*.sql")):
            assert await tx.fetch(path.read_text()) == []
