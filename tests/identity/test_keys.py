"""Keys: what they open, for how long, and what nobody can make of them."""

import hmac
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from argosy.http_api.table import every_route
from argosy.identity import PERMISSIONS, SYSTEM, NewApiKey, Refusal, door as identity, expand
from argosy.identity.door import Recognized
from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.http import AUTHENTICATED, PUBLIC
from argosy.kernel.refusals import Refused
from tests.http_fixtures import client_of, make_key
from tests.identity.conftest import Rows

MakeClient = Callable[..., Awaitable[httpx.AsyncClient]]


async def recognize(db: Database, clock: FixedClock, key: str) -> Recognized | Refused:
    return await db.run(lambda tx: identity.recognize(tx, key, clock.now()))


async def code_of(db: Database, clock: FixedClock, key: str) -> object:
    found = await recognize(db, clock, key)
    assert isinstance(found, Refused), found
    return found.code


def test_every_route_names_a_permission_of_the_catalogue() -> None:
    for route in every_route():
        assert route.permission in {*PERMISSIONS, PUBLIC, AUTHENTICATED}, route.path


def test_every_permission_is_asked_for_by_a_route() -> None:
    assert PERMISSIONS.keys() <= {route.permission for route in every_route()}


def test_every_built_in_role_gives_known_permissions_only() -> None:
    assert expand(["orders:write", "identity:admin", "no:thing"]) == {
        "orders:write",
        "orders:read",
        "identity:admin",
        "identity:read",
    }


async def test_built_in_roles_name_known_permissions(db: Database, rows: Rows) -> None:
    for row in await rows("select role, permissions from role"):
        assert set(row["permissions"]) <= {"*", *PERMISSIONS}, row["role"]


async def test_a_key_opens_until_it_expires(db: Database, clock: FixedClock) -> None:
    until = clock.now() + timedelta(hours=1)
    key = await make_key(db, clock.now(), ["orders:write"], expires_at=until)
    found = await recognize(db, clock, key)
    assert isinstance(found, Recognized)
    assert found.access.permissions == {"orders:read", "orders:write"}
    clock.moment = until
    assert await code_of(db, clock, key) is Refusal.KEY_EXPIRED


async def test_a_revoked_key_opens_nothing_and_cannot_be_revived(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    key = await make_key(db, clock.now())
    [row] = await rows("select api_key_id from api_key")
    ids = [row["api_key_id"]]
    for expected in ({ids[0]}, set()):
        revoked = await db.run(
            lambda tx: identity.revoke_api_keys(tx, ids, by=SYSTEM, now=clock.now())
        )
        assert revoked == expected
    assert await code_of(db, clock, key) is Refusal.KEY_REVOKED
    entries = await rows("select 1 from audit_log where action = 'revoke_api_key'")
    assert len(entries) == 1


async def test_only_a_digest_of_the_secret_is_kept(
    db: Database, clock: FixedClock, rows: Rows
) -> None:
    key = await make_key(db, clock.now())
    secret = key.rsplit("_", 1)[1] if key.count("_") == 2 else key.split("_", 2)[2]
    kept = str(await rows("select * from api_key")) + str(await rows("select * from audit_log"))
    assert secret not in kept


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key.upper(),
        lambda key: "argosy_000000000000_" + key.split("_", 2)[2],
        lambda _: "",
        lambda _: "argosy__",
        lambda _: "' or true --",
    ],
)
async def test_a_spoilt_key_is_unknown(
    db: Database, clock: FixedClock, spoil: Callable[[str], str]
) -> None:
    key = await make_key(db, clock.now())
    assert await code_of(db, clock, spoil(key)) is Refusal.KEY_UNKNOWN


async def test_secrets_are_compared_in_constant_time(
    db: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []

    def spy(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return real(left, right)

    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", spy)
    key = await make_key(db, clock.now())
    await recognize(db, clock, key)
    assert len(compared) == 1


async def test_the_last_use_is_noted_once_a_minute(
    client: httpx.AsyncClient, clock: FixedClock, rows: Rows
) -> None:
    first = clock.now()
    used = "select last_used_at from api_key"
    for seconds, expected in ((0, first), (30, first), (61, first + timedelta(seconds=61))):
        clock.moment = first + timedelta(seconds=seconds)
        assert (await client.get("/v1/self")).status_code == 200
        assert await rows(used) == [{"last_used_at": expected}]


async def test_a_revoked_key_is_out_within_two_seconds(
    app: object, client: httpx.AsyncClient, db: Database, clock: FixedClock, rows: Rows
) -> None:
    key = await make_key(db, clock.now(), name="leaving")
    async with client_of(app, key) as leaving:  # type: ignore[arg-type]
        assert (await leaving.get("/v1/self")).status_code == 200
        [row] = await rows("select api_key_id from api_key where name = 'leaving'")
        revoked = await client.delete(f"/v1/api-keys/{row['api_key_id']}")
        assert revoked.status_code == 200
        clock.advance(timedelta(seconds=2))
        answer = await leaving.get("/v1/self")
        assert (answer.status_code, answer.json()["code"]) == (401, "key_revoked")
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_what_a_key_lacks_is_named(make_client: MakeClient) -> None:
    reader = await make_client(["orders:read"])
    answer = await reader.get("/v1/api-keys")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
    assert answer.json()["facts"]["permission"] == "identity:read"


async def test_a_limited_key_is_let_in_only_where_limits_are_heeded(
    make_client: MakeClient,
) -> None:
    limited = await make_client(channel_ids=[uuid4()])
    assert (await limited.get("/v1/orders")).status_code == 200
    for path in ("/v1/api-keys", "/v1/webhook-endpoints", "/v1/exceptions", "/v1/customers"):
        answer = await limited.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "limited_key"), path
    shown = (await limited.get("/v1/self")).json()
    assert len(shown["channel_ids"]) == 1


async def test_nobody_gives_more_than_they_have(
    make_client: MakeClient, client: httpx.AsyncClient, rows: Rows
) -> None:
    some = await make_client(["identity:admin", "orders:read"])
    before = len(await rows("select 1 from api_key"))
    for asked in (
        {"permissions": ["orders:write"]},
        {"permissions": ["*"]},
        {"roles": ["admin"]},
        {"roles": ["operator"]},
    ):
        answer = await some.post("/v1/api-keys", json={"name": "more", **asked})
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_not_yours"), asked
    role = {"title": "More", "permissions": ["payments:write"]}
    assert (await some.put("/v1/roles/more", json=role)).status_code == 403
    assert len(await rows("select 1 from api_key")) == before
    fine = await some.post("/v1/api-keys", json={"name": "less", "permissions": ["orders:read"]})
    assert fine.status_code == 201


async def test_a_limited_key_makes_keys_within_its_limits_and_no_roles(
    make_client: MakeClient,
) -> None:
    own, other = uuid4(), uuid4()
    limited = await make_client(["identity:admin", "orders:read"], channel_ids=[own])
    for channels in (None, [str(other)], [str(own), str(other)]):
        asked = {"name": "wide", "permissions": ["orders:read"], "channel_ids": channels}
        answer = await limited.post("/v1/api-keys", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_not_yours")
    asked = {"name": "same", "permissions": ["orders:read"], "channel_ids": [str(own)]}
    assert (await limited.post("/v1/api-keys", json=asked)).status_code == 201
    role = {"title": "Looks", "permissions": ["orders:read"]}
    answer = await limited.put("/v1/roles/looks", json=role)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_not_yours")


async def test_a_key_that_would_be_dead_or_odd_is_refused(
    client: httpx.AsyncClient, clock: FixedClock
) -> None:
    for asked, code in (
        ({"expires_at": clock.now().isoformat()}, "expires_in_the_past"),
        ({"permissions": ["moon:read"]}, "permission_unknown"),
        ({"roles": ["nobody"]}, "role_unknown"),
        ({"permissions": ["NO"]}, "request_invalid"),
        ({"colour": "red"}, "request_invalid"),
    ):
        answer = await client.post("/v1/api-keys", json={"name": "odd", **asked})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    answer = await client.delete(f"/v1/api-keys/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "api_key_not_found")


async def test_keys_are_listed_without_secrets(
    client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    keys = [await make_key(db, clock.now(), name=f"key-{number}") for number in range(3)]
    first = (await client.get("/v1/api-keys?limit=2")).json()
    rest = (await client.get(f"/v1/api-keys?limit=2&after={first['next_after']}")).json()
    names = {each["name"] for each in first["items"] + rest["items"]}
    assert names == {"admin", "key-0", "key-1", "key-2"}
    assert all(key.split("_", 2)[2] not in str(first) + str(rest) for key in keys)


async def test_a_made_key_works_and_is_in_the_audit_log(
    app: object, client: httpx.AsyncClient
) -> None:
    asked = {"name": "web-shop", "permissions": ["orders:read"], "roles": ["monitoring"]}
    made = (await client.post("/v1/api-keys", json=asked)).json()
    async with client_of(app, made["key"]) as shop:  # type: ignore[arg-type]
        shown = (await shop.get("/v1/self")).json()
    assert (shown["actor"], shown["permissions"]) == (
        "key:web-shop",
        ["metrics:read", "orders:read"],
    )
    query = f"subject_kind=api_key&subject_id={made['api_key_id']}&actor_name=key:admin"
    [entry] = (await client.get(f"/v1/audit-log?{query}")).json()["items"]
    assert (entry["action"], entry["after"]["name"]) == ("create_api_key", "web-shop")
    assert entry["request_id"]


def test_a_new_key_may_name_its_limits() -> None:
    assert NewApiKey("a").channel_ids is None
