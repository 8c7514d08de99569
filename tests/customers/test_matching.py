"""Buyers become customers, each once, on what was verified and nothing else."""

import asyncio
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings as limits, strategies as st

from argosy.customers import BuyerKey, door as customers
from argosy.customers.decide import group_buyers
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from tests.customers.conftest import Rows

WEB, SHOP = uuid4(), uuid4()


def buyer(
    external_id: str | None = None, email: str | None = None, channel_id: UUID = WEB
) -> BuyerKey:
    return BuyerKey(channel_id, external_id, email, "A. Buyer", None)


async def match(db: Database, clock: FixedClock, *buyers: BuyerKey) -> list[UUID | None]:
    return await db.run(lambda tx: customers.match_customers(tx, buyers, clock.now()))


async def test_a_guest_is_nobody(db: Database, clock: FixedClock, rows: Rows) -> None:
    assert await match(db, clock, buyer(), buyer()) == [None, None]
    assert await rows("select * from customer") == []


async def test_the_same_id_of_a_channel_is_the_same_customer(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    first = await match(db, clock, buyer("17850"), buyer("17850"), buyer("13047"))
    again = await match(db, clock, buyer("13047"), buyer("17850"))
    assert first[0] == first[1] == again[1]
    assert first[2] == again[0] != first[0]
    elsewhere = await match(db, clock, buyer("17850", channel_id=SHOP))
    assert elsewhere[0] not in first
    assert len(await rows("select * from event where name = 'customer.created.v1'")) == 3


async def test_a_verified_email_leads_over_channels(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    [web] = await match(db, clock, buyer("17850", "A.Buyer@example.com"))
    [shop] = await match(db, clock, buyer("S-1", " a.buyer@EXAMPLE.com", SHOP))
    assert web == shop
    assert await match(db, clock, buyer("S-1", channel_id=SHOP)) == [web]
    [linked] = await rows("select body from event where name = 'customer.identifier_linked.v1'")
    assert [each["value"] for each in linked["body"]["identifiers"]] == ["S-1"]


async def test_people_of_one_batch_are_one_over_all_their_identifiers(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    [known] = await match(db, clock, buyer("old"))
    found = await match(
        db, clock, buyer("old", "x@example.com"), buyer("new", "x@example.com"), buyer("new")
    )
    assert found == [known, known, known]


async def test_who_is_known_twice_is_not_merged_on_the_way(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    one, other = await match(db, clock, buyer("one"), buyer(email="x@example.com"))
    assert one != other
    assert await match(db, clock, buyer("one", "x@example.com")) == [one]
    assert await match(db, clock, buyer(email="x@example.com")) == [other]


@pytest.mark.parametrize("turn", range(5))
async def test_two_orders_of_one_new_customer_at_once_make_one_customer(
    db: Database, clock: FixedClock, rows: Rows, turn: int
) -> None:
    """Different ids of channels, the same verified address: one person, whoever is faster."""
    buyers = [
        buyer("17850", "x@example.com"),
        buyer("17850"),
        buyer("S-1", "x@example.com", SHOP),
        buyer(email="x@example.com"),
    ]
    order = buyers[turn % 4 :] + buyers[: turn % 4]
    await asyncio.gather(*(match(db, clock, each) for each in order * 2))
    found = await match(db, clock, *buyers)
    owners = await rows("select distinct customer_id from customer_key")
    made = await rows("select customer_id from customer")
    assert set(found) == {row["customer_id"] for row in owners}
    assert len(made) <= 2, "the id alone may come first and make its own customer"
    assert {row["customer_id"] for row in made} >= set(found)


async def test_a_faster_one_is_followed_and_no_email_is_left_behind(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    """The address was linked to an id that then lost its race for the channel's id."""
    async with db.transaction() as first:
        [winner] = await customers.match_customers(first, [buyer("17850")], clock.now())
        slower = asyncio.ensure_future(match(db, clock, buyer("17850", "x@example.com")))
        await _until_somebody_waits(rows)
    assert await slower == [winner]
    assert await match(db, clock, buyer(email="x@example.com")) == [winner]
    [made] = await rows("select email, email_verified from customer")
    assert made == {"email": "x@example.com", "email_verified": True}


async def _until_somebody_waits(rows: Rows) -> None:
    waiting = "select 1 from pg_stat_activity where datname = current_database() and "
    for _ in range(2000):
        if await rows(waiting + "wait_event_type = 'Lock'"):
            return
    raise AssertionError("nobody waits")


IDENTIFIERS = st.builds(
    buyer,
    st.sampled_from([None, "1", "2", "3"]),
    st.sampled_from([None, "a@x.org", "b@x.org", "A@x.org"]),
    st.sampled_from([WEB, SHOP]),
)


@limits(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(IDENTIFIERS, max_size=8))
def test_who_shares_an_identifier_is_in_one_group(buyers: list[BuyerKey]) -> None:
    groups = group_buyers(buyers)
    for one, left in zip(groups, buyers, strict=True):
        for other, right in zip(groups, buyers, strict=True):
            by_id = left.external_id is not None and (left.channel_id, left.external_id) == (
                right.channel_id,
                right.external_id,
            )
            by_email = left.email is not None and left.email.lower() == (right.email or "").lower()
            if by_id or by_email:
                assert one == other


@limits(max_examples=15, deadline=None, suppress_health_check=[*HealthCheck])
@given(batches=st.lists(st.lists(IDENTIFIERS, max_size=6), min_size=1, max_size=3))
async def test_an_identifier_always_names_the_same_customer(
    db: Database, clock: FixedClock, rows: Rows, batches: list[list[BuyerKey]]
) -> None:
    """Batch after batch, also over examples: nobody is ever made twice for one identifier."""
    for batch in batches:
        found = await match(db, clock, *batch)
        again = await match(db, clock, *batch)
        assert found == again
        for one, customer_id in zip(batch, found, strict=True):
            assert (customer_id is None) == (not one.names_a_customer)
    orphans = await rows(
        "select 1 from customer where customer_id not in (select customer_id from customer_key)"
    )
    assert orphans == []
