"""Carts: reserved by the promise, extended, released, expired, taken over by an order."""

import asyncio
from typing import Any
from uuid import UUID

from argosy.inventory import door, reads
from argosy.inventory.commands import carts
from argosy.inventory.jobs import expire_carts
from argosy.inventory.model import Refusal
from argosy.inventory.model.carts import Cart, CartLine, ReserveCart
from argosy.kernel.refusals import Refused
from tests.inventory.shop import BY, NOW, Shop, later


async def reserve(shop: Shop, *asked: ReserveCart, now: Any = NOW) -> list[Cart | Refused]:
    return await carts.reserve_carts(shop.db, asked, by=BY, now=now)


def cart(*lines: tuple[str, int], channel: str = "web", **how: Any) -> ReserveCart:
    return ReserveCart(channel, [CartLine(*line) for line in lines], **how)


async def held(shop: Shop, *lines: tuple[str, int], **how: Any) -> Cart:
    [made] = await reserve(shop, cart(*lines, **how))
    assert isinstance(made, Cart), made
    return made


def code(outcome: object) -> str | None:
    return outcome.code.value if isinstance(outcome, Refused) else None


async def test_a_cart_holds_all_or_nothing(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    await shop.receive("PLATE", reading=1)
    made = await held(shop, ("MUG", 2), ("PLATE", 1))
    assert [(line.sku, line.location, line.quantity) for line in made.lines] == [
        ("MUG", "reading", 2),
        ("PLATE", "reading", 1),
    ]
    [refused] = await reserve(shop, cart(("MUG", 1), ("PLATE", 1)))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.pointer) == (Refusal.OUT_OF_STOCK, "/lines/1/quantity")
    assert refused.facts == {"sku": "PLATE", "asked": 1, "available": 0}
    assert await shop.balance("MUG", "reading") == (5, 0, 2)


async def test_carts_of_one_batch_share_the_stock(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    outcomes = await reserve(shop, *[cart(("MUG", 2))] * 3)
    assert [code(each) for each in outcomes] == [None, None, Refusal.OUT_OF_STOCK]


async def test_kits_are_held_by_their_components(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    await shop.receive("PLATE", reading=5)
    made = await held(shop, ("SET", 2))
    assert {(line.sku, line.quantity) for line in made.lines} == {("MUG", 4), ("PLATE", 2)}
    [refused] = await reserve(shop, cart(("SET", 1)))
    assert code(refused) == Refusal.OUT_OF_STOCK


async def test_bad_carts_are_refused(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    asked = [
        cart(("MUG", 1), channel="no"),
        cart(("NO", 1)),
        cart(("EBOOK", 1)),
        cart(("MUG", 1), method="teleport"),
        cart(("MUG", 1), pickup_location="mars"),
        cart(("GAME", 1)),
    ]
    outcomes = await reserve(shop, *asked)
    assert [code(each) for each in outcomes] == [
        Refusal.CHANNEL_UNKNOWN,
        Refusal.SKU_UNKNOWN,
        Refusal.SKU_NOT_STOCKED,
        Refusal.METHOD_UNKNOWN,
        Refusal.LOCATION_UNKNOWN,
        Refusal.OUT_OF_STOCK,
    ]


async def test_a_cart_expires_and_its_units_are_free_again(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    made = await held(shop, ("MUG", 5), ttl_seconds=600)
    assert await expire_carts(shop.db, later(minutes=9)) == 0
    assert await expire_carts(shop.db, later(minutes=10)) == 1
    assert await shop.balance("MUG", "reading") == (5, 0, 0)
    async with shop.db.reading() as tx:
        assert await reads.get_cart(tx, made.reservation_id, later(minutes=10)) is None
    reasons = await shop.fetch("select reason from stock_movement where kind = 'released'")
    assert [row["reason"] for row in reasons] == ["expired"]


async def test_a_cart_can_be_extended_until_it_has_expired(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    made = await held(shop, ("MUG", 5), ttl_seconds=600)
    ask = [(made.reservation_id, 600)]
    [until] = await shop.db.run(lambda tx: carts.extend_carts(tx, ask, now=later(minutes=9)))
    assert until == later(minutes=19)
    assert await expire_carts(shop.db, later(minutes=12)) == 0
    [refused] = await shop.db.run(lambda tx: carts.extend_carts(tx, ask, now=later(minutes=19)))
    assert code(refused) == Refusal.RESERVATION_UNKNOWN


async def test_pain_12_a_cart_is_released_once(shop: Shop) -> None:
    """Only what the cart still holds comes back, however often it is given back."""
    await shop.receive("MUG", reading=5)
    made = await held(shop, ("MUG", 3))
    ids = [made.reservation_id]

    async def release() -> list[Refused | None]:
        return await shop.db.run(lambda tx: carts.release_carts(tx, ids, by=BY, now=NOW))

    outcomes = await asyncio.gather(*(release() for _ in range(6)))
    assert sorted(each[0] is None for each in outcomes) == [False] * 5 + [True]
    assert await shop.balance("MUG", "reading") == (5, 0, 0)
    assert await expire_carts(shop.db, later(days=1)) == 0


async def test_an_order_takes_over_its_cart_in_one_transaction(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    made = await held(shop, ("MUG", 5))
    order_id = UUID(int=7)
    row = door.Reserve(shop.sku("MUG"), order_id, 1, shop.at("reading"), 5)
    how = {"by": BY, "now": NOW}
    async with shop.db.transaction() as tx:
        assert await door.release_cart(tx, made.reservation_id, **how)
        assert await door.reserve_units(tx, [row], owner_kind="order", expires_at=None, **how)
    assert await shop.balance("MUG", "reading") == (5, 0, 5)
    async with shop.db.transaction() as tx:
        assert not await door.release_cart(tx, made.reservation_id, **how)
    assert await shop.fetchval("select owner_kind from reservation") == "order"


async def test_a_key_sells_only_for_its_channels(shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    channels = frozenset({shop.business.channels["store"]})
    [refused] = await carts.reserve_carts(
        shop.db, [cart(("MUG", 1))], channels=channels, by=BY, now=NOW
    )
    assert code(refused) == Refusal.CHANNEL_UNKNOWN
