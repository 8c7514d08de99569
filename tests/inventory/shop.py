"""Stock for the business of tests, and what must always be true of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from argosy.inventory import door
from argosy.inventory.commands import changes
from argosy.inventory.model.stock import Changed, Receipt
from argosy.kernel.database import Database
from argosy.kernel.ids import new_id
from tests.business import Business

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
BY = "test:shop"
SQL = Path(__file__).parents[2] / "src" / "argosy" / "inventory" / "sql"


def later(**parts: float) -> datetime:
    """Return a moment after NOW."""
    return NOW + timedelta(**parts)


class Shop(msgspec.Struct, frozen=True):
    """The business with its database, and short words for what tests do again and again."""

    db: Database
    business: Business

    def sku(self, code: str) -> UUID:
        return self.business.skus[code]

    def at(self, code: str) -> UUID:
        return self.business.locations[code]

    async def receive(self, sku: str, *, now: datetime = NOW, **at: int) -> None:
        """Receive units of a SKU at locations."""
        rows = [Receipt(sku, location, units) for location, units in at.items()]
        outcomes = await self.db.run(lambda tx: changes.receive_stock(tx, rows, by=BY, now=now))
        assert all(isinstance(each, Changed) for each in outcomes), outcomes

    async def balance(self, sku: str, location: str) -> tuple[int, int, int]:
        """Return (on hand, allocated, reserved)."""
        row = await self.fetchrow(
            "select on_hand, allocated, reserved from stock_balance"
            " where sku_id = $1 and location_id = $2",
            self.sku(sku),
            self.at(location),
        )
        return (0, 0, 0) if row is None else tuple(row)

    async def reserve(
        self, sku: str, location: str, units: int, *, order_id: UUID | None = None, line_no: int = 1
    ) -> UUID | None:
        """Reserve units for an order, as its capture does; None when they are not there."""
        order = order_id or new_id()
        row = door.Reserve(self.sku(sku), order, line_no, self.at(location), units)
        done = await self.db.run(
            lambda tx: door.reserve_units(
                tx, [row], owner_kind="order", expires_at=None, by=BY, now=NOW
            )
        )
        return order if done else None

    async def queue(
        self,
        sku: str,
        units: int,
        *,
        order_id: UUID | None = None,
        line_no: int = 1,
        kind: str = "back_order",
        channel: str = "web",
        promised_at: datetime | None = None,
        per_unit: int = 1,
        pickup: str | None = None,
        now: datetime = NOW,
    ) -> UUID | None:
        """Let an order wait for units; None when the cap does not allow it."""
        order = order_id or new_id()
        row = door.QueueBackorder(
            self.sku(sku),
            order,
            line_no,
            units,
            kind,
            self.business.channels[channel],
            promised_at,
            per_unit,
            None if pickup is None else self.at(pickup),
        )
        done = await self.db.run(lambda tx: door.backorder_units(tx, [row], now))
        return order if done else None

    async def fetch(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        async with self.db.reading() as tx:
            return [dict(row) for row in await tx.fetch(query, *arguments)]

    async def fetchrow(self, query: str, *arguments: Any) -> Any:
        async with self.db.reading() as tx:
            return await tx.fetchrow(query, *arguments)

    async def fetchval(self, query: str, *arguments: Any) -> Any:
        async with self.db.reading() as tx:
            return await tx.fetchval(query, *arguments)

    async def events(self, name: str) -> list[dict[str, Any]]:
        """Return the bodies of the events called `name`, oldest first."""
        rows = await self.fetch(
            "select subject_id, body from event where name = $1 order by recorded_at, event_id",
            name,
        )
        return [row["body"] | {"subject_id": row["subject_id"]} for row in rows]


async def disagreements(db: Database) -> list[tuple[Any, ...]]:
    """Return what any verify statement of inventory finds."""
    found: list[tuple[Any, ...]] = []
    async with db.reading() as tx:
        for path in sorted(SQL.glob("verify_*.sql")):
            found += [tuple(row) for row in await tx.fetch(path.read_text())]
    return found
