"""Stock over HTTP: every route once as it is meant, and bad input refused without a trace."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.inventory.shop import NOW, Shop

Make = Callable[..., Awaitable[httpx.AsyncClient]]
PREFIX = "/v1/inventory"


async def post(client: httpx.AsyncClient, path: str, body: Any, status: int = 200) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def rows(client: httpx.AsyncClient, path: str, *items: dict[str, Any]) -> list[Any]:
    found: list[Any] = (await post(client, PREFIX + path, {"items": list(items)}))["outcomes"]
    return found


def at(sku: str, location: str, quantity: int, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "location": location, "quantity": quantity, **more}


async def test_the_ledger_over_http(client: httpx.AsyncClient, shop: Shop) -> None:
    outcomes = await rows(client, "/receipts", at("MUG", "reading", 10), at("NO", "reading", 1))
    assert outcomes[0] == {"index": 0, "status": "done", "on_hand": 10}
    assert (outcomes[1]["status"], outcomes[1]["problem"]["code"]) == ("refused", "sku_unknown")
    [adjusted] = await rows(client, "/adjustments", at("MUG", "reading", -2, reason="broken"))
    assert adjusted["on_hand"] == 8
    [counted] = await rows(client, "/counts", at("MUG", "reading", 7))
    assert counted["counted"] == {"on_hand": 7, "difference": -1, "short_by": 0}
    [safety] = await rows(client, "/safety-stock", at("MUG", "reading", 2))
    assert safety["places"] == 1
    balances = (await client.get(PREFIX + "/balances", params={"sku": "MUG"})).json()["items"]
    assert [(each["location"], each["on_hand"], each["atp"]) for each in balances] == [
        ("reading", 7, 5)
    ]
    ledger = await client.get(PREFIX + "/movements", params={"sku": "MUG", "limit": 2})
    first = ledger.json()
    rest = await client.get(
        PREFIX + "/movements", params={"sku": "MUG", "after": first["next_after"]}
    )
    kinds = [each["kind"] for each in first["items"] + rest.json()["items"]]
    assert sorted(kinds) == ["adjusted", "counted", "received"]


async def test_expected_stock_over_http(client: httpx.AsyncClient, shop: Shop) -> None:
    [made] = await rows(client, "/incoming", at("MUG", "reading", 10, expected_on="2026-01-20"))
    path = f"{PREFIX}/incoming/{made['incoming_id']}"
    answer = await client.patch(path, json={"expected_on": "2026-02-01"})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    [seen] = (await client.get(PREFIX + "/incoming")).json()["items"]
    assert (seen["expected_on"], seen["received"], seen["source_kind"]) == (
        "2026-02-01",
        0,
        "purchase",
    )
    await rows(client, "/receipts", at("MUG", "reading", 10, incoming_id=made["incoming_id"]))
    assert (await client.get(PREFIX + "/incoming")).json()["items"] == []
    [closed] = (await client.get(PREFIX + "/incoming?closed_too=true")).json()["items"]
    assert closed["received"] == 10
    assert (await client.patch(path, json={"close": True})).status_code == 404


async def test_thresholds_over_http(client: httpx.AsyncClient, shop: Shop) -> None:
    path = "/channel-thresholds"
    outcomes = await rows(
        client,
        path,
        {"channel": "web", "sku": "MUG", "threshold": 3},
        {"channel": "no", "sku": "MUG", "threshold": 3},
    )
    assert [each["status"] for each in outcomes] == ["done", "refused"]
    page = await client.get(PREFIX + path, params={"channel": "web"})
    assert [(each["sku"], each["threshold"]) for each in page.json()["items"]] == [("MUG", 3)]
    assert (await client.get(PREFIX + path, params={"channel": "no"})).status_code == 422


async def test_feeds_over_http(client: httpx.AsyncClient, shop: Shop) -> None:
    body = {
        "location": "reading",
        "reference": "wms-1",
        "as_of": "2026-01-05T09:59:00Z",
        "positions": [{"sku": "MUG", "quantity": 31}, {"sku": "NO", "quantity": 1}],
    }
    answers = await asyncio.gather(
        *(post(client, PREFIX + "/feed", body | {"reference": f"wms-{n}"}) for n in range(12))
    )
    assert sum(each["changed"] for each in answers) == 1
    assert {each["refused"][0]["code"] for each in answers} == {"sku_unknown"}
    again = await post(client, PREFIX + "/feed", body)
    assert again["repeated"]
    other = await post(client, PREFIX + "/feed", body | {"positions": []}, 409)
    assert other["code"] == "feed_reference_reused"
    page = await client.get(PREFIX + "/feeds", params={"location": "reading", "limit": 5})
    assert len(page.json()["items"]) == 5
    page = await client.get(
        PREFIX + "/feeds", params={"location": "reading", "after": page.json()["next_after"]}
    )
    assert len(page.json()["items"]) == 7


async def test_transfers_over_http(client: httpx.AsyncClient, shop: Shop) -> None:
    await shop.receive("MUG", reading=10)
    new = {
        "from_location": "reading",
        "to_location": "london",
        "lines": [{"sku": "MUG", "quantity": 6}],
        "expected_on": "2026-01-09",
    }
    made = await rows(client, "/transfers", new, new | {"lines": [{"sku": "MUG", "quantity": 1}]})
    first, second = (each["transfer"]["transfer_id"] for each in made)
    for step in ("ship", "cancel"):
        shown = await post(client, f"{PREFIX}/transfers/{first}/{step}/preview", {})
        assert (shown["state"], shown["version"]) == ({"ship": "shipped"}.get(step, "canceled"), 2)
    refused = await post(client, f"{PREFIX}/transfers/{first}/receive/preview", {}, 409)
    assert refused["code"] == "transfer_not_shipped"
    done = await post(client, f"{PREFIX}/transfers/{first}/ship", {})
    assert (done["state"], done["version"]) == ("shipped", 2)
    [seen] = (await client.get(PREFIX + "/balances?sku=MUG&location=london")).json()["items"]
    assert (seen["on_hand"], seen["in_transit"]) == (0, 6)
    part = {"lines": [{"sku": "MUG", "quantity": 2}]}
    await post(client, f"{PREFIX}/transfers/{first}/receive", part)
    [got] = await rows(client, "/transfers/receive", {"transfer_id": first, "close": True})
    assert got["transfer"]["state"] == "received"
    [gone] = await rows(client, "/transfers/cancel", {"transfer_id": second})
    assert gone["transfer"]["state"] == "canceled"
    refused = await post(client, f"{PREFIX}/transfers/{second}/ship", {}, 409)
    assert refused["code"] == "transfer_not_created"
    answer = await client.get(f"{PREFIX}/transfers/{first}")
    assert answer.json()["lines"][0] | {"sku_id": ""} == {
        "sku_id": "",
        "sku": "MUG",
        "quantity": 6,
        "shipped": 6,
        "received": 6,
        "lost": 0,
        "in_transit": 0,
    }
    page = await client.get(PREFIX + "/transfers", params={"state": "canceled"})
    assert [each["transfer_id"] for each in page.json()["items"]] == [second]


async def test_reservations_over_http(client: httpx.AsyncClient, shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    ask = {"channel": "web", "lines": [{"sku": "MUG", "quantity": 4}]}
    made = await post(client, "/v1/reservations", ask, 201)
    path = f"/v1/reservations/{made['reservation_id']}"
    assert (await client.get(path)).json() == made
    short = await post(client, "/v1/reservations", ask, 409)
    assert (short["code"], short["errors"][0]["pointer"]) == ("out_of_stock", "/lines/0/quantity")
    extended = await post(client, path + "/extend", {"ttl_seconds": 3600})
    assert extended["expires_at"] == "2026-01-05T11:00:00Z"
    await post(client, path + "/release", None)
    assert (await client.get(path)).status_code == 404
    batch = await post(client, "/v1/reservations/batch", {"items": [ask, ask]})
    assert [each["status"] for each in batch["outcomes"]] == ["done", "refused"]


async def test_an_order_takes_over_a_reservation(client: httpx.AsyncClient, shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    ask = {"channel": "web", "lines": [{"sku": "MUG", "quantity": 5}]}
    made = await post(client, "/v1/reservations", ask, 201)
    order = {
        "channel": "web",
        "external_id": "A-1",
        "currency": "GBP",
        "placed_at": "2026-01-05T09:59:00Z",
        "tax_mode": "gross",
        "ship_to": {
            "name": "A. Buyer",
            "line1": "1 High Street",
            "city": "London",
            "postal_code": "N1 1AA",
            "country": "GB",
        },
        "lines": [{"sku": "MUG", "quantity": 5, "unit_price": "1.00", "amount_minor": 500}],
        "total_minor": 500,
        "reservation_id": made["reservation_id"],
    }
    too_many = order | {
        "lines": [{"sku": "MUG", "quantity": 6, "unit_price": "1.00", "amount_minor": 600}],
        "total_minor": 600,
    }
    refused = await post(client, "/v1/orders", too_many, 409)
    assert refused["code"] == "out_of_stock"
    assert (await client.get(f"/v1/reservations/{made['reservation_id']}")).status_code == 200
    await post(client, "/v1/orders", order, 201)
    assert await shop.balance("MUG", "reading") == (5, 0, 5)
    used = await post(client, "/v1/orders", order | {"external_id": "A-2"}, 409)
    assert used["code"] == "reservation_unknown"


async def test_availability_over_http(client: httpx.AsyncClient, shop: Shop) -> None:
    await shop.receive("MUG", reading=5)
    body = {
        "items": [{"sku": "MUG", "quantity": 2}, {"sku": "NO"}],
        "channel": "web",
        "ship_to": {"country": "GB"},
    }
    answer = await post(client, "/v1/availability", body)
    mug, unknown = answer["items"]
    assert (mug["status"], mug["sellable"]) == ("in_stock", 5)
    assert mug["promise"]["deliver_by"] == "2026-01-08T10:00:00Z"
    assert unknown["status"] == "unknown"
    refused = await post(client, "/v1/availability", body | {"channel": "no"}, 422)
    assert refused["code"] == "channel_unknown"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/availability", {"items": []}),
        ("/v1/availability", {"items": [{"sku": "MUG"}] * 1001}),
        ("/v1/availability", {"items": [{"sku": "MUG", "quantity": 0}]}),
        ("/v1/availability", {"items": [{"sku": "M\u0000"}]}),
        ("/v1/availability", {"items": [{"sku": "MUG"}], "ship_to": {"country": "gb"}}),
        (PREFIX + "/receipts", {"items": [at("MUG", "reading", -1)]}),
        (PREFIX + "/receipts", {"items": [at("MUG", "reading", 10**18)]}),
        (PREFIX + "/receipts", {"items": [at("MUG", "reading", 1)] * 2001}),
        (PREFIX + "/receipts", {"items": [at("MUG", "reading", 1, more=1)]}),
        (PREFIX + "/receipts", {"items": [at("MUG", "reading", 1.5)]}),
        (PREFIX + "/receipts", [at("MUG", "reading", 1)]),
        (PREFIX + "/counts", {"items": [at("MUG", "reading", 1, as_of="2026-01-05T10:00:00")]}),
        (PREFIX + "/incoming", {"items": [at("MUG", "reading", 1, expected_on="soon")]}),
        (PREFIX + "/feed", {"location": "reading", "reference": "r", "positions": []}),
        ("/v1/reservations", {"channel": "web", "lines": []}),
    ],
)
async def test_bad_input_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, shop: Shop, path: str, body: Any
) -> None:
    answer = await client.post(path, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await shop.fetchval("select count(*) from stock_movement") == 0


@pytest.mark.parametrize(
    "as_of",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-05T12:00:00Z"],
)
async def test_times_out_of_range_are_refused(
    client: httpx.AsyncClient, shop: Shop, as_of: str
) -> None:
    [outcome] = await rows(client, "/counts", at("MUG", "reading", 1, as_of=as_of))
    assert outcome["status"] == "refused"
    feed = {"location": "reading", "reference": "r", "as_of": as_of, "positions": []}
    await post(client, PREFIX + "/feed", feed, 422)


async def test_keys_reach_no_further_than_they_may(make_client: Make, shop: Shop) -> None:
    await shop.receive("MUG", reading=5, london=2)
    london = await make_client(
        ["inventory:write", "reservations:write"],
        name="london",
        location_ids=[shop.at("london")],
    )
    outcomes = await rows(london, "/receipts", at("MUG", "london", 1), at("MUG", "reading", 1))
    assert [each["status"] for each in outcomes] == ["done", "refused"]
    page = await london.get(PREFIX + "/balances")
    assert [each["location"] for each in page.json()["items"]] == ["london"]
    feed = {
        "location": "reading",
        "reference": "r",
        "as_of": NOW.isoformat(),
        "positions": [],
    }
    assert (await post(london, PREFIX + "/feed", feed, 422))["code"] == "location_unknown"
    seen = await post(london, "/v1/availability", {"items": [{"sku": "MUG"}]})
    assert seen["items"][0]["on_hand"] == 3
    till = await make_client(
        ["inventory:read", "reservations:write"],
        name="till",
        channel_ids=[shop.business.channels["store"]],
    )
    refused = await post(till, "/v1/availability", {"items": [{"sku": "MUG"}]}, 422)
    assert refused["code"] == "channel_unknown"
    ask = {"channel": "web", "lines": [{"sku": "MUG", "quantity": 1}]}
    await post(till, "/v1/reservations", ask, 422)
    reader = await make_client(["orders:read"], name="reader")
    assert (await reader.get(PREFIX + "/balances")).status_code == 403
