"""Roles: rows that keys follow; the built-in ones stay as they are."""

import asyncio
from datetime import timedelta

import httpx

from argosy.identity import SYSTEM, Refusal
from argosy.identity.commands import set_role
from argosy.identity.model import RoleSettings
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.refusals import Refused
from tests.http_fixtures import client_of, make_key
from tests.identity.conftest import Rows

LOOKS = {"title": "Looks at orders", "permissions": ["orders:read"]}


async def test_a_key_follows_its_role(
    app: object, client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    assert (await client.put("/v1/roles/looks", json=LOOKS)).json()["version"] == 1
    key = await make_key(db, clock.now(), [], roles=["looks"])
    async with client_of(app, key) as looker:  # type: ignore[arg-type]
        assert (await looker.get("/v1/orders")).status_code == 200
        other = LOOKS | {"permissions": ["exceptions:read"]}
        assert (await client.put("/v1/roles/looks", json=other)).json()["version"] == 2
        clock.advance(timedelta(seconds=2))
        assert (await looker.get("/v1/orders")).status_code == 403
        assert (await looker.get("/v1/exceptions")).status_code == 200


async def test_a_role_that_a_live_key_has_is_not_dropped(
    client: httpx.AsyncClient, db: Database, clock: FixedClock, rows: Rows
) -> None:
    await client.put("/v1/roles/looks", json=LOOKS)
    await make_key(
        db, clock.now(), [], roles=["looks"], expires_at=clock.now() + timedelta(hours=1)
    )
    answer = await client.delete("/v1/roles/looks")
    assert (answer.status_code, answer.json()["code"]) == (409, "role_in_use")
    clock.advance(timedelta(hours=2))
    assert (await client.delete("/v1/roles/looks")).status_code == 200
    assert (await client.delete("/v1/roles/looks")).status_code == 404
    actions = await rows("select action from audit_log where subject_kind = 'role'")
    assert [row["action"] for row in actions] == ["set_role", "drop_role"]


async def test_built_in_roles_stay(client: httpx.AsyncClient, rows: Rows) -> None:
    before = await rows("select * from role order by role")
    for answer in (
        await client.put("/v1/roles/operator", json=LOOKS),
        await client.delete("/v1/roles/admin"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "role_is_built_in")
    assert await rows("select * from role order by role") == before


async def test_of_two_who_change_a_role_at_once_one_is_told(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    async def change(title: str) -> object:
        async with db.transaction() as tx:
            settings = RoleSettings(title, ["orders:read"])
            return await set_role(tx, "looks", settings, by=SYSTEM, now=clock.now())

    await change("First")
    outcomes = await asyncio.gather(*(change(str(number)) for number in range(6)))
    lost = [each for each in outcomes if isinstance(each, Refused)]
    assert {each.code for each in lost} <= {Refusal.ROLE_CHANGED_MEANWHILE}
    [row] = await rows("select version from role where role = 'looks'")
    assert row["version"] == 1 + len(outcomes) - len(lost)
    assert len(await rows("select 1 from audit_log")) == row["version"]
