"""The statements that lock, load and advance fulfillment orders."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.fulfillment.model import Kind, State
from argosy.fulfillment.model.work import Package, Work, WorkLine
from argosy.kernel.database import Tx
from argosy.kernel.sql import Statements

sql = Statements("argosy.fulfillment")

_COUNTERS = ("picked", "packed", "shipped", "delivered", "short", "canceled")


class Advance(msgspec.Struct, frozen=True):
    """What becomes of one fulfillment order; None leaves a column as it is."""

    order_id: UUID
    fulfillment_order_id: UUID
    state: str
    reason: str | None
    pickup_code_hash: bytes | None
    pickup_attempts: int | None
    vendor_reference: str | None = None


class ShipmentRow(msgspec.Struct, frozen=True):
    """A shipment to be written."""

    order_id: UUID
    shipment_id: UUID
    fulfillment_order_id: UUID
    carrier: str | None
    service: str | None
    tracking_number: str | None
    amount_minor: int
    currency: str
    delivered: bool


class PackageRow(msgspec.Struct, frozen=True):
    """A package to be written."""

    order_id: UUID
    package_id: UUID
    fulfillment_order_id: UUID
    shipment_id: UUID | None
    carrier: str | None
    tracking_number: str | None
    weight_grams: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None


class SentRow(msgspec.Struct, frozen=True):
    """A package that was packed before and leaves now."""

    order_id: UUID
    package_id: UUID
    shipment_id: UUID
    carrier: str | None
    tracking_number: str | None
    delivered: bool


class Parcels(msgspec.Struct):
    """Everything about parcels that one set of steps writes."""

    shipments: list[ShipmentRow] = msgspec.field(default_factory=list)
    packages: list[PackageRow] = msgspec.field(default_factory=list)
    package_lines: list[tuple[UUID, UUID, int, int]] = msgspec.field(default_factory=list)
    sent: list[SentRow] = msgspec.field(default_factory=list)
    dropped: list[tuple[UUID, UUID]] = msgspec.field(default_factory=list)


async def load_work(tx: Tx, ids: Sequence[UUID], *, lock: bool, packages: bool) -> dict[UUID, Work]:
    """Return the fulfillment orders `ids` by id, unknown ones left out, ordered by their order.

    With `lock` their orders and they are locked first, and the lines are read after the lock.
    """
    statement = "lock_fulfillment_orders" if lock else "find_fulfillment_orders"
    heads = await tx.fetch(sql(statement), list(set(ids)))
    if not heads:
        return {}
    keys = [h["order_id"] for h in heads], [h["fulfillment_order_id"] for h in heads]
    lines: dict[UUID, list[WorkLine]] = {}
    for fulfillment_order_id, *columns in await tx.fetch(sql("load_work"), *keys):
        lines.setdefault(fulfillment_order_id, []).append(WorkLine(*columns))
    packed: dict[UUID, list[Package]] = {}
    if packages:
        for (
            fulfillment_order_id,
            package_id,
            shipment_id,
            scanned,
            arrived,
            inside,
        ) in await tx.fetch(sql("load_packages"), *keys):
            package = Package(package_id, dict(inside), shipment_id, scanned, arrived)
            packed.setdefault(fulfillment_order_id, []).append(package)
    return {
        head["fulfillment_order_id"]: _work(
            head,
            lines.get(head["fulfillment_order_id"], ()),
            packed.get(head["fulfillment_order_id"], ()),
        )
        for head in heads
    }


def _work(head: Any, lines: Iterable[WorkLine], packages: Iterable[Package]) -> Work:
    columns = dict(head)
    columns["kind"], columns["state"] = Kind(columns["kind"]), State(columns["state"])
    return Work(lines=tuple(lines), packages=tuple(packages), **columns)


async def advance_fulfillment_orders(
    tx: Tx,
    steps: Sequence[Advance],
    deltas: Sequence[tuple[UUID, UUID, int, dict[str, int]]],
    events: Sequence[tuple[UUID, str, dict[str, Any]]],
    now: datetime,
) -> dict[UUID, int]:
    """Write states, line counters (order, fulfillment order, line, deltas) and events.

    Returns the new version by fulfillment order.
    """
    rows = await tx.fetch(
        sql("advance_fulfillment_orders"),
        *columns_of(steps, Advance),
        [d[0] for d in deltas],
        [d[1] for d in deltas],
        [d[2] for d in deltas],
        *([d[3].get(counter, 0) for d in deltas] for counter in _COUNTERS),
        [e[0] for e in events],
        [e[1] for e in events],
        [e[2] for e in events],
        now,
    )
    return {row["fulfillment_order_id"]: row["version"] for row in rows}


async def write_parcels(tx: Tx, parcels: Parcels, *, by: str, now: datetime) -> None:
    """Write shipments, packages and their lines, send packages, and take others apart."""
    lines = parcels.package_lines
    await tx.execute(
        sql("write_parcels"),
        *columns_of(parcels.shipments, ShipmentRow),
        *columns_of(parcels.packages, PackageRow),
        *([line[column] for line in lines] for column in range(4)),
        *columns_of(parcels.sent, SentRow),
        [package_id for _, package_id in parcels.dropped],
        now,
        by,
        list({order_id for order_id, _ in parcels.dropped}),
    )


async def void_shipments(tx: Tx, rows: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Take (order, shipment) back; their packages are packed again."""
    if rows:
        await tx.execute(sql("void_shipments"), [r[0] for r in rows], [r[1] for r in rows], now)


async def mark_delivered(tx: Tx, rows: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Note that (order, package) reached the recipient, and shipments of which all have."""
    if rows:
        await tx.execute(sql("mark_delivered"), [r[0] for r in rows], [r[1] for r in rows], now)


async def set_unship_credits(tx: Tx, rows: Sequence[tuple[UUID, int, int]]) -> None:
    """Write (order, line, units) announced as shipped and here again; 0 removes."""
    if rows:
        await tx.execute(sql("set_unship_credits"), *(list(c) for c in zip(*rows, strict=True)))


async def exclude_locations(
    tx: Tx, rows: Sequence[tuple[UUID, int, UUID, str]], *, by: str, now: datetime
) -> None:
    """Do not ask (order, group, location, reason) again."""
    if rows:
        columns = (list(column) for column in zip(*rows, strict=True))
        await tx.execute(sql("exclude_locations"), *columns, by, now)


async def find_digital_orders(tx: Tx, limit: int) -> list[UUID]:
    """Return digital fulfillment orders that may be delivered, oldest first."""
    return [
        row["fulfillment_order_id"] for row in await tx.fetch(sql("find_digital_orders"), limit)
    ]


def columns_of(rows: Sequence[Any], kind: type[msgspec.Struct]) -> list[list[Any]]:
    """Return the fields of `rows` as one list per field of `kind`."""
    return [[getattr(row, name) for row in rows] for name in kind.__struct_fields__]


async def find_open_work(tx: Tx, order_ids: Sequence[UUID]) -> list[UUID]:
    """Return the fulfillment orders of some orders that nobody has taken on yet."""
    rows = await tx.fetch(sql("find_open_work"), list(order_ids))
    return [row["fulfillment_order_id"] for row in rows]
