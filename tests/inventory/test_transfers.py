"""Transfers: reserved, in transit, received in parts, lost, canceled."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from argosy.inventory import reads
from argosy.inventory.commands import transfers
from argosy.inventory.model import Refusal
from argosy.inventory.model.transfers import (
    NewTransfer,
    ReceiveTransfer,
    ShippedLine,
    ShipTransfer,
    TransferDone,
    TransferLine,
)
from argosy.kernel.ids import new_id
from argosy.kernel.refusals import Refused
from tests.inventory.shop import BY, NOW, Shop

DAY = date(2026, 1, 9)
HOW = {"by": BY, "now": NOW}


def move(sku: str, units: int, *, source: str = "reading", target: str = "london") -> NewTransfer:
    return NewTransfer(source, target, [TransferLine(sku, units)], DAY)


async def create(shop: Shop, *asked: NewTransfer) -> list[transfers.Outcome]:
    return await shop.db.run(lambda tx: transfers.create_transfers(tx, asked, **HOW))


async def opened(shop: Shop, *lines: tuple[str, int]) -> UUID:
    asked = NewTransfer("reading", "london", [TransferLine(*line) for line in lines], DAY)
    [made] = await create(shop, asked)
    assert isinstance(made, TransferDone), made
    return made.transfer_id


async def ship(shop: Shop, transfer_id: UUID, **lines: int) -> transfers.Outcome:
    named = [ShippedLine(*line) for line in lines.items()] or None
    rows = [(transfer_id, ShipTransfer(named))]
    [done] = await shop.db.run(lambda tx: transfers.ship_transfers(tx, rows, **HOW))
    return done


async def receive(
    shop: Shop, transfer_id: UUID, *, close: bool = False, **lines: int
) -> transfers.Outcome:
    named = [ShippedLine(*line) for line in lines.items()] or None
    rows = [(transfer_id, ReceiveTransfer(named, close))]
    [done] = await shop.db.run(lambda tx: transfers.receive_transfers(tx, rows, **HOW))
    return done


async def cancel(shop: Shop, *ids: UUID) -> list[transfers.Outcome]:
    return await shop.db.run(lambda tx: transfers.cancel_transfers(tx, ids, **HOW))


def code(outcome: object) -> str | None:
    return outcome.code.value if isinstance(outcome, Refused) else None


async def in_transit(shop: Shop, sku: str) -> int:
    async with shop.db.reading() as tx:
        rows = await reads.list_balances(tx, [shop.sku(sku)], [shop.at("london")], None, 10)
    return sum(row.in_transit for row in rows)


async def test_stock_is_reserved_then_in_transit_then_there(shop: Shop) -> None:
    await shop.receive("MUG", reading=10, london=1)
    transfer_id = await opened(shop, ("MUG", 6))
    assert await shop.balance("MUG", "reading") == (10, 0, 6)
    await ship(shop, transfer_id, MUG=5)
    assert await shop.balance("MUG", "reading") == (5, 0, 0)
    assert await in_transit(shop, "MUG") == 5
    done = await receive(shop, transfer_id, MUG=2)
    assert (done.state, done.version) == ("shipped", 3)
    assert await in_transit(shop, "MUG") == 3
    done = await receive(shop, transfer_id)
    assert done.state == "received"
    assert await shop.balance("MUG", "london") == (6, 0, 0)
    assert await in_transit(shop, "MUG") == 0
    async with shop.db.reading() as tx:
        [seen] = await reads.list_transfers(tx, transfer_ids=[transfer_id], limit=1)
    assert (seen.from_location, seen.to_location, seen.state) == ("reading", "london", "received")
    assert (seen.lines[0].quantity, seen.lines[0].shipped, seen.lines[0].received) == (6, 5, 5)


async def test_what_does_not_arrive_is_lost_when_the_transfer_is_closed(shop: Shop) -> None:
    await shop.receive("MUG", reading=10)
    await shop.receive("PLATE", reading=10)
    transfer_id = await opened(shop, ("MUG", 6), ("PLATE", 2))
    await ship(shop, transfer_id)
    done = await receive(shop, transfer_id, close=True, MUG=4)
    assert done.state == "received"
    assert await shop.balance("MUG", "london") == (4, 0, 0)
    lost = await shop.fetch("select sku_id, lost from stock_transfer_line")
    assert {row["sku_id"]: row["lost"] for row in lost} == {
        shop.sku("MUG"): 2,
        shop.sku("PLATE"): 2,
    }
    assert await shop.fetchval("select count(*) from incoming_stock where closed_at is null") == 0


async def test_only_what_has_not_left_can_be_canceled(shop: Shop) -> None:
    await shop.receive("MUG", reading=10)
    first, second = await opened(shop, ("MUG", 6)), await opened(shop, ("MUG", 4))
    await ship(shop, second)
    outcomes = await cancel(shop, first, first, second, new_id())
    assert [code(each) for each in outcomes] == [
        None,
        Refusal.TRANSFER_NAMED_TWICE,
        Refusal.TRANSFER_NOT_CREATED,
        Refusal.TRANSFER_UNKNOWN,
    ]
    assert await shop.balance("MUG", "reading") == (6, 0, 0)
    assert code(await ship(shop, first)) == Refusal.TRANSFER_NOT_CREATED
    assert code(await receive(shop, first)) == Refusal.TRANSFER_NOT_SHIPPED


async def test_no_more_moves_than_is_free(shop: Shop) -> None:
    await shop.receive("MUG", reading=10)
    await shop.receive("PLATE", reading=1)
    asked: Sequence[NewTransfer] = [
        move("MUG", 6),
        move("MUG", 6),
        move("PLATE", 1),
        move("PLATE", 1, target="reading"),
        move("PLATE", 1, target="mars"),
        move("SET", 1),
        NewTransfer("reading", "london", [TransferLine("PLATE", 1)], date(2222, 1, 1)),
    ]
    outcomes = await create(shop, *asked)
    assert [code(each) for each in outcomes] == [
        Refusal.OUT_OF_STOCK,
        Refusal.OUT_OF_STOCK,
        None,
        Refusal.TRANSFER_TO_ITSELF,
        Refusal.LOCATION_UNKNOWN,
        Refusal.SKU_NOT_STOCKED,
        Refusal.DATE_OUT_OF_RANGE,
    ]
    assert await shop.balance("MUG", "reading") == (10, 0, 0)
    assert await shop.balance("PLATE", "reading") == (1, 0, 1)


async def test_no_more_leaves_or_arrives_than_is_on_the_transfer(shop: Shop) -> None:
    await shop.receive("MUG", reading=10)
    transfer_id = await opened(shop, ("MUG", 6))
    assert code(await ship(shop, transfer_id, MUG=7)) == Refusal.MORE_THAN_TRANSFERRED
    assert code(await ship(shop, transfer_id, PLATE=1)) == Refusal.NOT_ON_TRANSFER
    assert code(await ship(shop, transfer_id, MUG=0)) == Refusal.NOT_ON_TRANSFER
    await ship(shop, transfer_id, MUG=3)
    assert code(await receive(shop, transfer_id, MUG=4)) == Refusal.MORE_THAN_TRANSFERRED


async def test_a_location_sends_only_its_own(shop: Shop) -> None:
    await shop.receive("MUG", reading=10)
    reach = frozenset({shop.at("london")})
    asked = [move("MUG", 1)]
    [refused] = await shop.db.run(
        lambda tx: transfers.create_transfers(tx, asked, reach=reach, **HOW)
    )
    assert code(refused) == Refusal.LOCATION_UNKNOWN
    transfer_id = await opened(shop, ("MUG", 1))
    [refused] = await shop.db.run(
        lambda tx: transfers.cancel_transfers(tx, [transfer_id], reach=reach, **HOW)
    )
    assert code(refused) == Refusal.TRANSFER_UNKNOWN
    await ship(shop, transfer_id)
    rows = [(transfer_id, ReceiveTransfer())]
    [done] = await shop.db.run(lambda tx: transfers.receive_transfers(tx, rows, reach=reach, **HOW))
    assert done.state == "received"
