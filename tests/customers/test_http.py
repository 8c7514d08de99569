"""Customers over HTTP: made, found, changed; each of a batch by itself."""

from typing import Any

import httpx

from tests.business import Business
from tests.customers.conftest import Rows

BUYER = {
    "channel": "web",
    "external_id": "17850",
    "email": "a@example.com",
    "email_verified": True,
    "name": "A. Buyer",
}


async def upsert(client: httpx.AsyncClient, **row: Any) -> httpx.Response:
    return await client.post("/v1/customers", json=row)


async def test_a_customer_is_made_found_and_changed(
    client: httpx.AsyncClient, business: Business, rows: Rows
) -> None:
    made = await upsert(client, **BUYER)
    assert made.status_code == 201, made.text
    customer_id = made.json()["customer_id"]
    same = await upsert(client, **BUYER)
    assert (same.status_code, same.json()["customer_id"]) == (200, customer_id)
    assert same.json()["version"] == made.json()["version"]
    changed = await upsert(client, customer_id=customer_id, phone="+44 1", attributes={"vip": True})
    assert changed.json()["version"] == made.json()["version"] + 1
    one = await client.get(f"/v1/customers/{customer_id}")
    assert one.headers["etag"]
    body = one.json()
    assert (body["name"], body["phone"], body["attributes"]) == ("A. Buyer", "+44 1", {"vip": True})
    assert [each["value"] for each in body["identifiers"]] == ["17850", "a@example.com"]
    for query in ("email=A@Example.com", "channel=web&external_id=17850"):
        found = await client.get(f"/v1/customers?{query}")
        assert [each["customer_id"] for each in found.json()["items"]] == [customer_id]
    nobody = await client.get("/v1/customers?channel=web&external_id=1")
    assert nobody.json()["items"] == []
    audit = await rows("select after from audit_log where action = 'upsert_customer'")
    assert audit[-1]["after"] == {"phone": "+44 1", "attributes": {"vip": True}}


async def test_an_address_that_was_proven_stays_so(
    client: httpx.AsyncClient, business: Business, rows: Rows
) -> None:
    made = (await upsert(client, **BUYER)).json()
    await upsert(client, channel="web", external_id="17850", email="A@example.com")
    one = (await client.get(f"/v1/customers/{made['customer_id']}")).json()
    assert one["email_verified"] is True


async def test_each_of_a_batch_is_done_or_refused_by_itself(
    client: httpx.AsyncClient, business: Business, rows: Rows
) -> None:
    await upsert(client, **BUYER)
    other = await upsert(client, channel="web", external_id="2")
    items = [
        {"channel": "web", "external_id": "3", "name": "C. Buyer"},
        {"email": "typed@example.com"},
        {"channel": "moon", "external_id": "1"},
        {"external_id": "1"},
        {"customer_id": other.json()["customer_id"], "email": "a@example.com", "email_verified": 1},
    ]
    bad = await client.post("/v1/customers/batch", json={"items": items})
    assert bad.status_code == 422
    items[4]["email_verified"] = True
    items.append({"customer_id": "0193f3a0-5b5e-7c3e-8f00-0a1b2c3d4e5f", "name": "X"})
    done = await client.post("/v1/customers/batch", json={"items": items})
    assert done.status_code == 200, done.text
    outcomes = done.json()["outcomes"]
    assert [each.get("problem", {}).get("code") for each in outcomes] == [
        None,
        "identifier_missing",
        "channel_unknown",
        "identifier_missing",
        "key_belongs_to_another",
        "customer_not_found",
    ]
    assert len(await rows("select 1 from customer")) == 3


async def test_a_change_meets_the_version_it_was_made_for(
    client: httpx.AsyncClient, business: Business, rows: Rows
) -> None:
    made = (await upsert(client, **BUYER)).json()
    row = {"customer_id": made["customer_id"], "name": "B. Buyer"}
    stale = await client.post("/v1/customers", json=row, headers={"If-Match": '"99"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "customer_changed_meanwhile")
    match = {"If-Match": f'"{made["version"]}"'}
    fresh = await client.post("/v1/customers", json=row, headers=match)
    assert fresh.status_code == 200, fresh.text
    assert (await rows("select name from customer")) == [{"name": "B. Buyer"}]


async def test_half_an_identifier_is_refused(client: httpx.AsyncClient, business: Business) -> None:
    answer = await client.get("/v1/customers?channel=web")
    assert answer.status_code == 400
    answer = await upsert(client, channel="web", external_id="1", email="no address")
    assert answer.status_code == 422
