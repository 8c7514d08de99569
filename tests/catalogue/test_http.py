"""The catalogue over HTTP: lists, one whole, batches, versions, previews, audit."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from argosy.kernel.database import Database
from tests.business import Business

MakeClient = Callable[..., Awaitable[httpx.AsyncClient]]


async def test_skus_are_listed_page_by_page_and_found_by_barcode(
    client: httpx.AsyncClient, business: Business
) -> None:
    codes: list[str] = []
    after = ""
    while True:
        answer = await client.get(f"/v1/skus?limit=4{after}")
        page = answer.json()
        codes += [each["code"] for each in page["items"]]
        if page["next_after"] is None:
            break
        after = f"&after={page['next_after']}"
    assert codes == sorted(business.skus)
    found = (await client.get("/v1/skus?barcode=4006381333931")).json()["items"]
    assert [each["code"] for each in found] == ["MUG"]
    kits = (await client.get("/v1/kits")).json()["items"]
    assert [part["sku"] for part in kits[0]["components"]] == ["MUG", "PLATE"]
    assert (await client.get("/v1/skus?active=false")).json()["items"][0]["code"] == "OLD"
    assert (await client.get("/v1/skus?after=xx")).status_code == 400


async def test_every_row_of_a_batch_has_its_own_outcome(
    client: httpx.AsyncClient, business: Business
) -> None:
    rows = [
        {"code": "NEW", "title": "New"},
        {"code": "MUG", "title": "Mug", "barcodes": ["4006381333931"], "weight_grams": 350},
        {"code": "BAD", "title": "Bad", "barcodes": ["4006381333931"]},
        {"code": "KIT", "title": "Kit", "components": [{"sku": "NEW"}]},
        {"code": "BOWL", "title": "Bigger bowl"},
    ]
    preview = (await client.post("/v1/skus/batch/preview", json={"items": rows})).json()
    assert (await client.get("/v1/skus?code=NEW")).json()["items"] == []
    done = (await client.post("/v1/skus/batch", json={"items": rows})).json()
    for outcomes in (preview["outcomes"], done["outcomes"]):
        assert [each.get("change") for each in outcomes] == [
            "created",
            "unchanged",
            None,
            "created",
            "changed",
        ]
        assert outcomes[2]["problem"]["code"] == "barcode_taken"
        assert outcomes[2]["problem"]["pointer"] == "/barcodes/0"


async def test_a_version_is_replaced_once(client: httpx.AsyncClient, business: Business) -> None:
    made = await client.post("/v1/products", json={"code": "P", "title": "First"})
    assert made.status_code == 201
    path = f"/v1/products/{made.json()['product_id']}"
    tag = made.headers["etag"]
    row = {"code": "P", "title": "Second"}
    assert (await client.put(path, json=row, headers={"if-match": tag})).status_code == 200
    stale = await client.put(path, json=row | {"title": "3"}, headers={"if-match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    fixed = await client.put(path, json=row | {"code": "Q"})
    assert (fixed.status_code, fixed.json()["code"]) == (409, "code_fixed")
    again = await client.post("/v1/products", json={"code": "P", "title": "Other"})
    assert (again.status_code, again.json()["code"]) == (409, "code_taken")
    assert (await client.get(path)).json()["title"] == "Second"


async def test_skus_are_renamed_and_the_preview_changes_nothing(
    client: httpx.AsyncClient, business: Business
) -> None:
    body = {"items": [{"code": "MUG", "new_code": "CUP"}, {"code": "PLATE", "new_code": "BOWL"}]}
    tried = (await client.post("/v1/skus/rename/preview", json=body)).json()["outcomes"]
    assert [each["status"] for each in tried] == ["done", "refused"]
    path = f"/v1/skus/{business.skus['MUG']}"
    assert (await client.get(path)).json()["code"] == "MUG"
    await client.post("/v1/skus/rename", json=body)
    assert (await client.get(path)).json()["code"] == "CUP"
    kit = (await client.get(f"/v1/skus/{business.skus['SET']}")).json()
    assert [part["sku"] for part in kit["components"]] == ["CUP", "PLATE"]


async def test_taking_a_sku_off_sale_shows_what_it_touches_first(
    client: httpx.AsyncClient, business: Business
) -> None:
    path = f"/v1/skus/{business.skus['MUG']}"
    before = (await client.get(path)).json()
    preview = (await client.post(f"{path}/deactivate/preview")).json()
    assert [kit["code"] for kit in preview["kits"]] == ["SET"]
    assert (await client.get(path)).json() == before
    assert (await client.post(f"{path}/deactivate")).status_code == 200
    after = (await client.get(path)).json()
    assert after["active"] is False
    changing = {"active", "version", "changed_at"}
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }


async def test_closing_a_location_says_which_channels_are_left_without_one(
    client: httpx.AsyncClient, business: Business, db: Database
) -> None:
    path = f"/v1/locations/{business.locations['london']}"
    preview = (await client.post(f"{path}/deactivate/preview")).json()
    assert preview["location_groups"] == ["all", "stores"]
    assert preview["channels"] == ["store", "web"]
    assert preview["channels_without_location"] == ["store"]
    before = (await client.get(path)).json()
    closed = (await client.post(f"{path}/deactivate")).json()
    assert closed["active"] is False
    assert closed["opening_hours"] == before["opening_hours"]
    async with db.reading() as tx:
        audited = await tx.fetchrow(
            "select * from audit_log where action = 'location.changed'"
            " order by audit_id desc limit 1"
        )
    assert audited["before"]["active"] is True
    assert audited["after"]["active"] is False


async def test_channels_methods_and_transit_times(
    client: httpx.AsyncClient, business: Business
) -> None:
    channels = (await client.get("/v1/channels")).json()["items"]
    assert [each["code"] for each in channels] == ["marketplace", "store", "web"]
    web = channels[2]
    row = {key: web[key] for key in ("code", "name", "kind", "currency", "location_group")}
    settings = {"price_mismatch": "hold", "price_tolerance_percent": "1.5"}
    path = f"/v1/channels/{web['channel_id']}"
    changed = await client.put(path, json=row | {"settings": settings})
    assert changed.json()["settings"]["price_tolerance_percent"] == "1.5"
    wrong = await client.put(path, json=row | {"settings": {"default_method": "rocket"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "method_unknown")
    methods = (await client.get("/v1/delivery-methods")).json()["items"]
    assert [each["code"] for each in methods] == ["digital", "express", "pickup", "standard"]
    first = (await client.get("/v1/transit-times?limit=5")).json()
    second = (await client.get(f"/v1/transit-times?after={first['next_after']}")).json()
    assert len(first["items"] + second["items"]) == 7
    key = {"method": "standard", "from_country": "GB", "to_country": "GB"}
    gone = await client.post("/v1/transit-times/remove/batch", json={"items": [key]})
    assert gone.json()["outcomes"][0]["status"] == "done"
    twice = await client.post("/v1/transit-times/remove/batch", json={"items": [key]})
    assert twice.json()["outcomes"][0]["problem"]["code"] == "transit_time_unknown"


async def test_groups_are_made_with_their_members(
    client: httpx.AsyncClient, business: Business
) -> None:
    row: dict[str, Any] = {"code": "uk", "name": "UK", "locations": ["london", "reading"]}
    made = await client.post("/v1/location-groups", json=row)
    assert made.json()["locations"] == ["reading", "london"]
    bad = await client.post("/v1/location-groups", json=row | {"code": "x", "locations": ["?"]})
    assert (bad.status_code, bad.json()["code"]) == (422, "location_unknown")


async def test_limited_keys_see_only_their_places(
    make_client: MakeClient, business: Business
) -> None:
    client = await make_client(
        ["catalogue:read"], name="till", location_ids=[business.locations["london"]]
    )
    seen = (await client.get("/v1/locations")).json()["items"]
    assert [each["code"] for each in seen] == ["london"]
    other = await client.get(f"/v1/locations/{business.locations['reading']}")
    assert other.status_code == 404
    assert (await client.post("/v1/skus", json={"code": "X", "title": "X"})).status_code == 403
