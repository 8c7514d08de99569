"""Odd input of the catalogue and promotions: a clear refusal, and nothing changed."""

from typing import Any

import httpx
import pytest

from argosy.kernel.http import encode_cursor
from tests.business import Business

LONG_AGO, FAR_AHEAD = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"
SKU = {"code": "X", "title": "X"}
CHANNEL = {
    "code": "web",
    "name": "Web",
    "kind": "web",
    "currency": "GBP",
    "location_group": "all",
}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/skus?code=%00",
        "/v1/skus?barcode=%FF",
        "/v1/skus?limit=0",
        "/v1/skus?limit=99999999999999999999",
        "/v1/skus?is_kit=maybe",
        "/v1/skus?after=" + encode_cursor(5),
        "/v1/products?after=" + encode_cursor("a", "b"),
        "/v1/locations?kind=%00",
        "/v1/transit-times?after=" + encode_cursor("a"),
        "/v1/promotion-codes?after=" + encode_cursor("\x00"),
        "/v1/skus/no-id",
        "/v1/delivery-methods/%00",
    ],
)
async def test_odd_questions(client: httpx.AsyncClient, business: Business, path: str) -> None:
    answer = await client.get(path)
    assert 400 <= answer.status_code < 500 or path.startswith("/v1/locations?kind"), answer.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/skus", SKU | {"weight_grams": 3_000_000_000}),
        ("/v1/skus", SKU | {"title": "a\x00b"}),
        ("/v1/skus", SKU | {"attributes": {"a": "\x00"}}),
        ("/v1/skus", SKU | {"preorder_until": "20260101"}),
        ("/v1/skus", SKU | {"components": [{"sku": "MUG", "quantity": 10_001}]}),
        ("/v1/skus", SKU | {"code": ""}),
        ("/v1/channels/batch", {"items": []}),
        ("/v1/channels", CHANNEL | {"settings": {"price_tolerance_percent": "NaN"}}),
        ("/v1/channels", CHANNEL | {"settings": {"price_tolerance_percent": "sNaN"}}),
        ("/v1/channels", CHANNEL | {"settings": {"price_tolerance_percent": "-1"}}),
        ("/v1/channels", CHANNEL | {"settings": {"surprise": 1}}),
        ("/v1/locations", {"code": "l", "name": "L", "kind": "store", "country": "gb"}),
        ("/v1/promotion-codes", SKU | {"percent": "sNaN"}),
        ("/v1/promotion-codes", SKU | {"percent": "1e-999999"}),
        ("/v1/promotion-codes", SKU | {"percent": "1", "valid_from": LONG_AGO}),
        ("/v1/promotion-codes", SKU | {"percent": "1", "valid_until": FAR_AHEAD}),
        ("/v1/promotion-codes", SKU | {"code": "   ", "percent": "1"}),
        (
            "/v1/price-lists",
            {"code": "p", "name": "P", "currency": "GBP", "valid_from": LONG_AGO},
        ),
        ("/v1/prices/quote", {"channel": "web", "lines": [{"sku": "MUG", "quantity": 0}]}),
        ("/v1/prices/quote", {"channel": "nope", "lines": [{"sku": "MUG", "quantity": 1}]}),
        ("/v1/prices/quote", {"channel": "web", "lines": [{"sku": "NOPE", "quantity": 1}]}),
    ],
)
async def test_odd_bodies(
    client: httpx.AsyncClient, business: Business, path: str, body: dict[str, Any]
) -> None:
    answer = await client.post(path, json=body)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["code"]


async def test_odd_pages_of_prices(client: httpx.AsyncClient, business: Business) -> None:
    row = {"code": "p", "name": "P", "currency": "GBP"}
    made = (await client.post("/v1/price-lists", json=row)).json()
    after = encode_cursor(made["price_list_id"], 10**18)
    answer = await client.get(f"/v1/price-lists/{made['price_list_id']}/prices?after={after}")
    assert answer.status_code in {400, 422}


async def test_a_quote_of_any_time(client: httpx.AsyncClient, business: Business) -> None:
    lines = [{"sku": "MUG", "quantity": 1}]
    code = {"code": "T", "title": "T", "percent": "1", "valid_from": "2020-01-01T00:00:00Z"}
    assert (await client.post("/v1/promotion-codes", json=code)).status_code == 201
    for at in (LONG_AGO, FAR_AHEAD):
        body = {"channel": "web", "lines": lines, "at": at, "promotion_codes": ["T"]}
        answer = await client.post("/v1/prices/quote", json=body)
        assert answer.status_code in {200, 422}
