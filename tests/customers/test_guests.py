"""Guests buy; when they register, what they bought is theirs, if it is proven that it is."""

from uuid import UUID

import pytest

from argosy.customers import door as customers
from argosy.customers.door import CustomerRow, Taken
from argosy.identity import SYSTEM
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.orders import jobs as orders
from argosy.worker.loop import settle
from argosy.worker.wiring import Wiring
from tests.business import Business
from tests.customers.conftest import Rows
from tests.orders.world import order, place_one, stock


@pytest.fixture
async def shop(db: Database, business: Business) -> Business:
    await stock(db, business, "MUG", reading=100)
    return business


async def register(db: Database, clock: FixedClock, row: CustomerRow) -> UUID:
    [taken] = await db.run(
        lambda tx: customers.upsert_customers(tx, [row], by=SYSTEM, now=clock.now())
    )
    assert isinstance(taken, Taken), taken
    readers = tuple(each for each in orders.READERS if each.name == "orders.hear_customers")
    await settle(db, clock, Wiring(readers, (), ()))
    return taken.customer_id


def guest(number: str, email: str = "Guest@example.com") -> dict[str, object]:
    return {"external_id": number, "customer": {"email": email, "name": "A. Guest"}}


async def test_pain_35_a_guest_who_registers_finds_the_orders(
    db: Database, clock: FixedClock, rows: Rows, shop: Business
) -> None:
    first = await place_one(db, order(**guest("1")))
    other = await place_one(db, order(**guest("2", "somebody@example.com")))
    assert await rows("select * from customer") == []
    me = await register(
        db,
        clock,
        CustomerRow(
            channel="web", external_id="17850", email="guest@EXAMPLE.com", email_verified=True
        ),
    )
    found = await rows("select order_id, customer_id from orders where customer_id is not null")
    assert found == [{"order_id": first.summary.order_id, "customer_id": me}]
    [event] = await rows("select * from event where name = 'order.customer_linked.v1'")
    assert event["subject_id"] == first.summary.order_id != other.summary.order_id
    [version] = await rows("select version from orders where customer_id = $1", me)
    assert event["subject_version"] == version["version"]


async def test_pain_35_an_unverified_email_never_links(
    db: Database, clock: FixedClock, rows: Rows, shop: Business
) -> None:
    """Anybody can type an address; only its owner can prove it."""
    await place_one(db, order(**guest("1")))
    row = CustomerRow(channel="web", external_id="17850", email="guest@example.com")
    thief = await register(db, clock, row)
    assert await rows("select 1 from orders where customer_id is not null") == []
    typed = order("2", customer={"email": "guest@example.com"})
    await place_one(db, typed)
    assert await rows("select 1 from orders where customer_id is not null") == []
    proven = order("3", customer={"email": "guest@example.com", "email_verified": True})
    await place_one(db, proven)
    [owner] = await rows("select customer_id from orders where external_id = '3'")
    assert owner["customer_id"] not in {None, thief}


async def test_a_later_proof_links_too(
    db: Database, clock: FixedClock, rows: Rows, shop: Business
) -> None:
    await place_one(db, order(**guest("1")))
    row = CustomerRow(channel="web", external_id="17850", email="guest@example.com")
    me = await register(db, clock, row)
    await register(
        db, clock, CustomerRow(customer_id=me, email="guest@example.com", email_verified=True)
    )
    assert [each["customer_id"] for each in await rows("select customer_id from orders")] == [me]
