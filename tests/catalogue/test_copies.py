"""Copies in memory stay right whoever changes the catalogue, and a rename moves no stock."""

import asyncio
import sys

import asyncpg
import pytest

from argosy.catalogue import (
    ChannelRow,
    LocationGroupRow,
    SkuRename,
    SkuRow,
    Taken,
    door as catalogue,
)
from argosy.catalogue.model import Refusal
from argosy.identity import SYSTEM
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.refusals import Refused
from tests.business import CHANNELS, Business

CHANGE = """
import asyncio, sys
from datetime import UTC, datetime
from argosy.catalogue import SkuRename, door as catalogue
from argosy.identity import SYSTEM
from argosy.kernel.database import Database

async def change():
    db = await Database.connect(sys.argv[1], max_size=1)
    async with db.transaction() as tx:
        rows = [SkuRename("MUG", "MUG-2")]
        await catalogue.rename_skus(tx, rows, by=SYSTEM, now=datetime.now(UTC))
    await db.close()

asyncio.run(change())
"""


async def _code_of(db: Database, code: str) -> bool:
    async with db.transaction() as tx:
        return code in await catalogue.skus_by_code(tx, [code])


async def test_another_process_changes_the_catalogue(
    db: Database, business: Business, database_url: str
) -> None:
    assert await _code_of(db, "MUG")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", CHANGE, database_url)
    assert await process.wait() == 0
    assert not await _code_of(db, "MUG")
    assert await _code_of(db, "MUG-2")


async def test_a_change_that_is_rolled_back_leaves_nothing_in_memory(
    db: Database, business: Business, clock: FixedClock
) -> None:
    async with db.writing_pool.acquire() as tx:
        change = tx.transaction()
        await change.start()
        row = SkuRow(code="GHOST", title="Ghost")
        await catalogue.upsert_skus(tx, [row], by=SYSTEM, now=clock.now())
        assert "GHOST" in await catalogue.skus_by_code(tx, ["GHOST"])
        await change.rollback()
    # The next change takes the version that was rolled back; its stamp tells them apart.
    async with db.transaction() as tx:
        row = SkuRow(code="REAL", title="Real")
        await catalogue.upsert_skus(tx, [row], by=SYSTEM, now=clock.now())
    assert not await _code_of(db, "GHOST")
    assert await _code_of(db, "REAL")


async def test_unknown_codes_are_looked_for_again(
    db: Database, business: Business, clock: FixedClock
) -> None:
    assert not await _code_of(db, "LATER")
    async with db.transaction() as tx:
        row = SkuRow(code="LATER", title="Later")
        await catalogue.upsert_skus(tx, [row], by=SYSTEM, now=clock.now())
    assert await _code_of(db, "LATER")


async def test_pain_14_a_rename_moves_no_stock(
    db: Database, business: Business, clock: FixedClock
) -> None:
    mug, reading = business.skus["MUG"], business.locations["reading"]
    async with db.transaction() as tx:
        await tx.execute(
            "insert into stock_balance (sku_id, location_id, on_hand) values ($1, $2, 7)",
            mug,
            reading,
        )
    async with db.transaction() as tx:
        rows = [SkuRename("MUG", "CUP"), SkuRename("PLATE", "BOWL"), SkuRename("NONE", "X")]
        done = await catalogue.rename_skus(tx, rows, by=SYSTEM, now=clock.now())
    assert isinstance(done[0], Taken)
    assert (done[0].subject_id, done[0].code) == (mug, "CUP")
    assert [each.code for each in done[1:] if isinstance(each, Refused)] == [
        Refusal.CODE_TAKEN,
        Refusal.SKU_UNKNOWN,
    ]
    async with db.transaction() as tx:
        found = (await catalogue.skus_by_code(tx, ["CUP", "MUG"]))["CUP"]
        assert found.sku_id == mug
        on_hand = await tx.fetchval("select on_hand from stock_balance where sku_id = $1", mug)
        assert on_hand == 7
        event = await tx.fetchrow(
            "select * from event where name = 'sku.changed.v1' and subject_id = $1"
            " and body ->> 'previous_code' is not null",
            mug,
        )
        assert event is not None
        assert event["body"]["previous_code"] == "MUG"
        audited = await tx.fetchval("select count(*) from audit_log where action = 'sku.renamed'")
        assert audited == 1


async def test_a_code_is_taken_once_whoever_comes_first(
    db: Database, business: Business, clock: FixedClock
) -> None:
    async def create(title: str) -> object:
        async with db.transaction() as tx:
            row = SkuRow(code="NEW", title=title)
            done = await catalogue.upsert_skus(tx, [row], by=SYSTEM, now=clock.now(), only_new=True)
            return done[0]

    outcomes = await asyncio.gather(*(create(str(n)) for n in range(6)))
    assert sum(isinstance(each, Taken) for each in outcomes) == 1
    assert {each.code for each in outcomes if isinstance(each, Refused)} == {Refusal.CODE_TAKEN}


async def test_unchanged_rows_move_no_version(
    db: Database, business: Business, clock: FixedClock
) -> None:
    async with db.transaction() as tx:
        before = (await catalogue.network(tx)).version
        done = await catalogue.upsert_channels(tx, CHANNELS, by=SYSTEM, now=clock.now())
        assert {each.change for each in done if isinstance(each, Taken)} == {"unchanged"}
        assert (await catalogue.network(tx)).version == before
        row = ChannelRow(code="web", name="Shop", kind="web", currency="GBP", location_group="all")
        await catalogue.upsert_channels(tx, [row], by=SYSTEM, now=clock.now())
        assert (await catalogue.network(tx)).version == before + 1


async def test_groups_have_exactly_the_members_named(
    db: Database, business: Business, clock: FixedClock
) -> None:
    async with db.transaction() as tx:
        row = LocationGroupRow(code="all", name="All", locations=["london", "london"])
        await catalogue.upsert_location_groups(tx, [row], by=SYSTEM, now=clock.now())
        network = await catalogue.network(tx)
        members = network.group_locations(business.groups["all"])
        assert [each.code for each in members] == ["london"]


async def test_the_row_refuses_a_kit_that_contains_itself(db: Database, business: Business) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="kit_does_not_contain_itself"):
        async with db.transaction() as tx:
            await tx.execute("insert into kit_component values ($1, $1, 1)", business.skus["SET"])
