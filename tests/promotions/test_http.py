"""Price lists, prices and codes over HTTP, and what a basket would cost."""

from typing import Any

import httpx

from tests.promotions.conftest import Shop


async def test_a_basket_is_priced_and_nothing_is_counted(
    client: httpx.AsyncClient, shop: Shop
) -> None:
    made = await client.post(
        "/v1/price-lists", json={"code": "retail", "name": "Retail", "currency": "GBP"}
    )
    assert made.status_code == 201
    rows: list[dict[str, Any]] = [
        {"price_list": "retail", "sku": "MUG", "unit_price": "2.555"},
        {"price_list": "retail", "sku": "MUG", "unit_price": "2", "min_quantity": 10},
        {"price_list": "none", "sku": "MUG", "unit_price": "2"},
        {"price_list": "retail", "sku": "NONE", "unit_price": "2"},
    ]
    done = (await client.post("/v1/prices/batch", json={"items": rows})).json()["outcomes"]
    assert [each.get("change") or each["problem"]["code"] for each in done] == [
        "created",
        "created",
        "price_list_unknown",
        "sku_unknown",
    ]
    code = {"code": "ten", "title": "Ten percent", "percent": "10", "most_uses": 1}
    assert (await client.post("/v1/promotion-codes", json=code)).json()["code"] == "TEN"
    body = {
        "channel": "web",
        "lines": [
            {"sku": "MUG", "quantity": 2},
            {"sku": "MUG", "quantity": 10},
            {"sku": "BOWL", "quantity": 1},
        ],
        "promotion_codes": ["Ten", "NONE"],
    }
    quote = (await client.post("/v1/prices/quote", json=body)).json()
    assert [line["amount_minor"] for line in quote["lines"]] == [511, 2000, None]
    assert (quote["goods_minor"], quote["discount_minor"], quote["total_minor"]) == (
        2511,
        251,
        2260,
    )
    assert quote["complete"] is False
    assert quote["promotion_codes"][1]["refused"] == "promotion_code_unknown"
    codes = (await client.get("/v1/promotion-codes")).json()["items"]
    assert codes[0]["used"] == 0


async def test_prices_are_listed_and_removed(client: httpx.AsyncClient, shop: Shop) -> None:
    made = await client.post(
        "/v1/price-lists", json={"code": "retail", "name": "Retail", "currency": "GBP"}
    )
    path = f"/v1/price-lists/{made.json()['price_list_id']}"
    rows = [
        {"price_list": "retail", "sku": sku, "unit_price": "1.5", "min_quantity": n}
        for sku in ("MUG", "BOWL")
        for n in (1, 5)
    ]
    await client.post("/v1/prices/batch", json={"items": rows})
    first = (await client.get(f"{path}/prices?limit=3")).json()
    second = (await client.get(f"{path}/prices?limit=3&after={first['next_after']}")).json()
    assert len(first["items"] + second["items"]) == 4
    assert second["next_after"] is None
    keys = {"items": [{"price_list": "retail", "sku": "MUG", "min_quantity": 5}]}
    preview = await client.post("/v1/prices/remove/batch/preview", json=keys)
    assert preview.json()["outcomes"][0]["change"] == "removed"
    assert len((await client.get(f"{path}/prices?sku=MUG")).json()["items"]) == 2
    await client.post("/v1/prices/remove/batch", json=keys)
    assert len((await client.get(f"{path}/prices?sku=MUG")).json()["items"]) == 1
    again = (await client.post("/v1/prices/remove/batch", json=keys)).json()["outcomes"][0]
    assert again["problem"]["code"] == "price_unknown"


async def test_a_code_is_replaced_at_its_version_and_its_uses_are_seen(
    client: httpx.AsyncClient, shop: Shop
) -> None:
    row: dict[str, Any] = {"code": "TEN", "title": "Ten", "percent": "10"}
    made = await client.post("/v1/promotion-codes", json=row)
    path = f"/v1/promotion-codes/{made.json()['promotion_code_id']}"
    assert await shop.place(shop.order(codes=("TEN",), discount=200)) == ["placed"]
    uses = (await client.get(f"{path}/redemptions")).json()["items"]
    assert uses[0]["discount_minor"] == 200
    tag = {"if-match": made.headers["etag"]}
    assert (await client.put(path, json=row | {"active": False}, headers=tag)).status_code == 200
    assert (await client.put(path, json=row, headers=tag)).status_code == 412
    assert await shop.place(shop.order(codes=("TEN",))) == ["promotion_refused"]


async def test_rows_that_make_no_sense_are_refused(client: httpx.AsyncClient, shop: Shop) -> None:
    for row, why in (
        ({"code": "A", "title": "A"}, "discount_unclear"),
        ({"code": "A", "title": "A", "percent": "5", "amount_minor": 5}, "discount_unclear"),
        ({"code": "A", "title": "A", "amount_minor": 5}, "currency_missing"),
        ({"code": "A", "title": "A", "amount_minor": 5, "currency": "XXQ"}, "currency_unknown"),
        ({"code": "A", "title": "A", "percent": "5", "channels": ["?"]}, "channel_unknown"),
        ({"code": "A", "title": "A", "percent": "0"}, "request_invalid"),
        ({"code": "A", "title": "A", "percent": "100.1"}, "request_invalid"),
        ({"code": "A", "title": "A", "percent": "NaN"}, "request_invalid"),
        (
            {
                "code": "A",
                "title": "A",
                "percent": "5",
                "valid_from": "2026-02-01T00:00:00Z",
                "valid_until": "2026-01-01T00:00:00Z",
            },
            "dates_reversed",
        ),
    ):
        answer = await client.post("/v1/promotion-codes", json=row)
        assert (answer.status_code, answer.json()["code"]) == (422, why), row
    assert await shop.value("select count(*) from promotion_code") == 0
