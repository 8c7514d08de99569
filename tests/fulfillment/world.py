"""A small business for fulfillment tests, written straight into its tables, and orders in it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from argosy.kernel.database import Database, Tx
from argosy.kernel.ids import id_at, new_id

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
LONDON, LEEDS, PARIS = (51.5, -0.12), (53.8, -1.55), (48.86, 2.35)


class World(msgspec.Struct):
    """Ids by code."""

    channel_id: UUID
    group_id: UUID
    locations: dict[str, UUID] = msgspec.field(default_factory=dict)
    skus: dict[str, UUID] = msgspec.field(default_factory=dict)
    numbers: int = 1


async def make_world(db: Database, *, settings: dict[str, Any] | None = None) -> World:
    """Make a web channel, three methods, one group; no locations yet."""
    world = World(new_id(), new_id())
    async with db.transaction() as tx:
        await tx.execute("insert into location_group values ($1, 'all', 'All')", world.group_id)
        await tx.execute(
            "insert into channel (channel_id, code, name, kind, currency, location_group_id,"
            " settings) values ($1, 'web', 'Web', 'web', 'GBP', $2, $3)",
            world.channel_id,
            world.group_id,
            settings or {},
        )
        for code, kind in (("standard", "ship"), ("pickup", "pickup"), ("download", "digital")):
            await tx.execute(
                "insert into delivery_method (code, name, kind) values ($1, $1, $2)", code, kind
            )
        await tx.execute("insert into transit_time values ('standard', '*', '*', 1, 3, 300, 'GBP')")
    return world


async def add_location(
    db: Database, world: World, code: str, *, point: tuple[float, float] = LONDON, **columns: Any
) -> UUID:
    """Add a warehouse in Great Britain, unless said otherwise."""
    location_id = new_id()
    given = {
        "kind": "warehouse",
        "country": "GB",
        "address": {},
        "latitude": point[0],
        "longitude": point[1],
        "can_pickup": False,
        "daily_capacity": None,
    } | columns
    names = list(given)
    marks = ", ".join(f"${n}" for n in range(3, 3 + len(names)))
    async with db.transaction() as tx:
        await tx.execute(
            f"insert into location (location_id, code, name, {', '.join(names)})"
            f" values ($1, $2, $2, {marks})",
            location_id,
            code,
            *given.values(),
        )
        await tx.execute(
            "insert into location_group_member values ($1, $2)", world.group_id, location_id
        )
        await tx.execute("update catalogue_version set version = version + 1")
    world.locations[code] = location_id
    return location_id


async def add_sku(
    db: Database, world: World, code: str, *, kind: str = "physical", **parts: int
) -> UUID:
    """Add a SKU; with `parts` (code -> units) a kit."""
    sku_id = new_id()
    async with db.transaction() as tx:
        await tx.execute(
            "insert into sku (sku_id, code, title, kind, is_kit) values ($1, $2, $2, $3, $4)",
            sku_id,
            code,
            kind,
            bool(parts),
        )
        for part, units in parts.items():
            await tx.execute(
                "insert into kit_component values ($1, $2, $3)", sku_id, world.skus[part], units
            )
        await tx.execute("update catalogue_version set version = version + 1")
    world.skus[code] = sku_id
    return sku_id


async def stock(db: Database, world: World, sku: str, **at: int) -> None:
    """Receive units of a SKU at locations, making the SKU when it is new."""
    if sku not in world.skus:
        await add_sku(db, world, sku)
    async with db.transaction() as tx:
        for code, units in at.items():
            key = (world.skus[sku], world.locations[code])
            await tx.execute(
                "insert into stock_balance (sku_id, location_id, on_hand) values ($1, $2, $3)"
                " on conflict (sku_id, location_id) do update"
                " set on_hand = stock_balance.on_hand + excluded.on_hand",
                *key,
                units,
            )
            await tx.execute(
                "insert into stock_movement (sku_id, location_id, kind, on_hand_delta, cause_kind,"
                " made_by, made_at) values ($1, $2, 'received', $3, 'test', 'test', $4)",
                *key,
                units,
                NOW,
            )


async def reserve(
    tx: Tx, sku_id: UUID, order_id: UUID, line_no: int, location_id: UUID, units: int
) -> None:
    """Reserve units for a line of an order, as its capture would."""
    await tx.execute(
        "update stock_balance set reserved = reserved + $3 where sku_id = $1 and location_id = $2",
        sku_id,
        location_id,
        units,
    )
    await tx.execute(
        "insert into stock_movement (sku_id, location_id, kind, reserved_delta, cause_kind,"
        " cause_id, made_by, made_at) values ($1, $2, 'reserved', $3, 'order', $4, 'test', $5)",
        sku_id,
        location_id,
        units,
        order_id,
        NOW,
    )
    await tx.execute(
        "insert into reservation (sku_id, owner_id, line_no, location_id, quantity, owner_kind,"
        " made_at) values ($1, $2, $3, $4, $5, 'order', $6)",
        sku_id,
        order_id,
        line_no,
        location_id,
        units,
        NOW,
    )


async def place(
    db: Database,
    world: World,
    *lines: tuple[str, int],
    reserve_at: str | None = None,
    method: str = "standard",
    payment: str = "authorized",
    total_minor: int = 1000,
    ship_to: dict[str, Any] | None = None,
    pickup_at: str | None = None,
    holds: int = 0,
    backordered: Sequence[tuple[int, int]] = (),
    groups: Sequence[int] | None = None,
) -> UUID:
    """Place an order of (SKU, units) lines, each worth `total_minor`, reserved at one location.

    `backordered` are (line, units) that wait for stock; `groups` the group of each line.
    """
    order_id = id_at(NOW)
    number, world.numbers = str(100000 + world.numbers), world.numbers + 1
    total = total_minor * len(lines)
    waiting = dict(backordered)
    group_of = groups or [1] * len(lines)
    async with db.transaction() as tx:
        await tx.execute(
            "insert into orders (order_id, order_number, channel_id, external_id, digest, currency,"
            " tax_mode, placed_at, captured_at, buyer, goods_minor, discount_minor, shipping_minor,"
            " fee_minor, tax_minor, total_minor, units_ordered, active_holds, units_backordered)"
            " values ($1, $2, $3, $2, '', 'GBP', 'gross', $4, $4, '{}', $5, 0, 0, 0, 0, $5, $6,"
            " $7, $8)",
            order_id,
            number,
            world.channel_id,
            NOW,
            total,
            sum(units for _, units in lines),
            holds,
            sum(waiting.values()),
        )
        for group_no in sorted(set(group_of)):
            await tx.execute(
                "insert into delivery_group (order_id, group_no, key, method_code, ship_to,"
                " country, route_after, pickup_location_id)"
                " values ($1, $2, $3, $4, $5, 'GB', $6, $7)",
                order_id,
                group_no,
                f"g{group_no}",
                method,
                ship_to or {"country": "GB", "latitude": LONDON[0], "longitude": LONDON[1]},
                NOW,
                world.locations[pickup_at] if pickup_at else None,
            )
        for line_no, (sku, units) in enumerate(lines, 1):
            await _add_line(
                tx, world, order_id, line_no, group_of[line_no - 1], sku, units, total_minor
            )
            if line_no in waiting:
                await tx.execute(
                    "insert into sku_backlog (sku_id, units, cap) values ($1, $2, 1000)"
                    " on conflict (sku_id) do update"
                    " set units = sku_backlog.units + excluded.units",
                    world.skus[sku],
                    waiting[line_no],
                )
                await tx.execute(
                    "insert into backorder values ($1, $2, $3, $4, 'back_order', $5, null, $6)",
                    world.skus[sku],
                    order_id,
                    line_no,
                    waiting[line_no],
                    world.channel_id,
                    NOW,
                )
            if reserve_at is not None:
                for sku_id, per_unit in await _parts(tx, world, sku):
                    wanted = (units - waiting.get(line_no, 0)) * per_unit
                    if wanted:
                        at = world.locations[reserve_at]
                        await reserve(tx, sku_id, order_id, line_no, at, wanted)
        await tx.execute(
            "insert into order_money (order_id, currency, total_minor, authorized_minor,"
            " pending_authorization_minor) values ($1, 'GBP', $2, $3, $4)",
            order_id,
            total,
            total if payment == "authorized" else 0,
            total if payment == "pending" else 0,
        )
    return order_id


async def _add_line(
    tx: Tx,
    world: World,
    order_id: UUID,
    line_no: int,
    group_no: int,
    sku: str,
    units: int,
    total_minor: int,
) -> None:
    row = await tx.fetchrow("select kind, is_kit from sku where code = $1", sku)
    assert row is not None
    await tx.execute(
        "insert into order_line (order_id, line_no, group_no, sku_id, sku_code, title, kind,"
        " is_kit, unit_price, amount_minor, total_minor, ordered)"
        " values ($1, $2, $3, $4, $5, $5, $6, $7, 1, $8, $8, $9)",
        order_id,
        line_no,
        group_no,
        world.skus[sku],
        sku,
        row["kind"],
        row["is_kit"],
        total_minor,
        units,
    )
    if row["is_kit"]:
        await tx.execute(
            "insert into order_line_component select $1, $2, component_sku_id, quantity"
            " from kit_component where kit_sku_id = $3",
            order_id,
            line_no,
            world.skus[sku],
        )


async def _parts(tx: Tx, world: World, sku: str) -> list[tuple[UUID, int]]:
    rows = await tx.fetch(
        "select component_sku_id, quantity from kit_component where kit_sku_id = $1",
        world.skus[sku],
    )
    if rows:
        return [(row[0], row[1]) for row in rows]
    kind = await tx.fetchval("select kind from sku where code = $1", sku)
    return [(world.skus[sku], 1)] if kind == "physical" else []
