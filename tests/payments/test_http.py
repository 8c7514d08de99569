"""Money, gateways and invoices over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from argosy.kernel.clock import FixedClock
from argosy.kernel.database import Database
from argosy.kernel.ids import new_id
from tests.business import Business
from tests.orders.world import ask
from tests.payments.world import card, place, rows, run, ship

pytestmark = pytest.mark.usefixtures("books")
MakeClient = Callable[..., Awaitable[httpx.AsyncClient]]


async def shipped(db: Database, clock: FixedClock, amount: int = 1000) -> UUID:
    order = await place(db, clock, card(amount), lines=[(amount, amount // 6, 2)])
    await run(db, clock)
    await ship(db, clock, order, (1, 2, amount))
    await run(db, clock)
    return order


async def told(response: httpx.Response, status: int) -> Any:
    assert response.status_code == status, response.text
    return response.json()


async def test_the_ledger_of_an_order(
    client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    order = await shipped(db, clock)
    response = await client.get(f"/v1/orders/{order}/payments")
    seen = await told(response, 200)
    assert response.headers["etag"]
    assert (seen["payment_status"], seen["due_minor"], seen["invoiced_minor"]) == (
        "captured",
        0,
        1000,
    )
    assert [m["kind"] for m in seen["movements"]] == ["authorize", "capture"]
    assert "token" not in seen["payments"][0]
    debits = sum(p["amount_minor"] for p in seen["postings"] if p["debit_account"] == "buyer")
    assert debits == 1000
    missing = await told(await client.get(f"/v1/orders/{new_id()}/payments"), 404)
    assert missing["code"] == "order_not_found"


async def test_an_unpaid_order_is_paid_captured_voided_and_refunded(
    client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, total_minor=1000)
    at = f"/v1/orders/{order}"
    body = {"gateway": "sandbox", "token": "tok_ok"}
    preview = await told(await client.post(f"{at}/payments/preview", json=body), 200)
    assert (preview["amount_minor"], preview["movements"][0].get("movement_id")) == (1000, None)
    await told(await client.post(f"{at}/payments", json=body), 201)
    again = await told(await client.post(f"{at}/payments", json=body), 409)
    assert again["code"] == "payment_in_progress"
    await run(db, clock)
    look = await told(await client.post(f"{at}/captures/preview", json={"amount_minor": 600}), 200)
    assert look["movements"][0]["amount_minor"] == 600
    await told(await client.post(f"{at}/captures", json={"amount_minor": 600}), 201)
    over = await told(await client.post(f"{at}/captures", json={"amount_minor": 401}), 409)
    assert (over["code"], over["facts"]["available_minor"]) == ("more_than_authorized", 400)
    await told(await client.post(f"{at}/voids", json={}), 201)
    await run(db, clock)
    await told(await client.post(f"{at}/refunds", json={"amount_minor": 100}), 201)
    await run(db, clock)
    seen = await told(await client.get(f"{at}/payments"), 200)
    assert (seen["captured_minor"], seen["voided_minor"], seen["refunded_minor"]) == (600, 400, 100)
    none_left = await told(await client.post(f"{at}/voids", json={}), 409)
    assert none_left["code"] == "nothing_to_void"
    nobody = await told(await client.post(f"{at}/refunds", json={"payment_no": 7}), 404)
    assert (nobody["code"], nobody["errors"][0]["pointer"]) == ("payment_not_found", "/payment_no")


@pytest.mark.parametrize(
    "body",
    [
        {"amount_minor": 0},
        {"amount_minor": -5},
        {"amount_minor": 10**15},
        {"amount_minor": 1.5},
        {"amount_minor": "1"},
        {"payment_no": 0},
        {"reason": ""},
        {"reason": "a\x00b"},
        {"sum": 1},
        [],
    ],
)
async def test_bad_amounts_are_refused_and_change_nothing(
    client: httpx.AsyncClient, db: Database, clock: FixedClock, body: Any
) -> None:
    order = await shipped(db, clock)
    response = await client.post(f"/v1/orders/{order}/refunds", json=body)
    assert response.status_code == 422, response.text
    assert await rows(db, "select * from money_movement where kind = 'refund'") == []


async def test_batches_have_one_outcome_each(
    client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    one, two = await shipped(db, clock), await shipped(db, clock)
    items = [
        {"order_id": str(one), "amount_minor": 100},
        {"order_id": str(new_id())},
        {"order_id": str(two), "amount_minor": 1001},
        {"order_id": str(one)},
    ]
    done = await told(await client.post("/v1/orders/refunds/batch", json={"items": items}), 200)
    codes = [each.get("problem", {}).get("code") for each in done["outcomes"]]
    assert codes == [None, "order_not_found", "more_than_captured", "named_twice"]
    unpaid = await place(db, clock, total_minor=5)
    items = [
        {"order_id": str(unpaid), "gateway": "sandbox", "token": "tok_ok"},
        {"order_id": str(unpaid), "gateway": "nobody"},
    ]
    done = await told(await client.post("/v1/orders/payments/batch", json={"items": items}), 200)
    codes = [each.get("problem", {}).get("code") for each in done["outcomes"]]
    assert codes == [None, "named_twice"]
    await run(db, clock)


async def test_invoices_as_json_page_and_pdf(
    client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    for _ in range(3):
        await shipped(db, clock, 1200)
    page = await told(await client.get("/v1/invoices", params={"limit": 2}), 200)
    assert len(page["items"]) == 2
    rest = await client.get("/v1/invoices", params={"limit": 2, "after": page["next_after"]})
    assert len((await told(rest, 200))["items"]) == 1
    key = page["items"][0]["invoice_id"]
    invoice = await told(await client.get(f"/v1/invoices/{key}"), 200)
    assert (invoice["total_minor"], invoice["tax_minor"], invoice["net_minor"]) == (1200, 200, 1000)
    assert invoice["lines"][0]["title"] == "Thing #1 <b>"
    printed = await client.get(f"/v1/invoices/{key}/html")
    assert printed.headers["content-type"].startswith("text/html")
    assert "Thing #1 &lt;b&gt;" in printed.text
    assert invoice["invoice_number"] in printed.text
    assert "{{" not in printed.text
    pdf = await client.get(f"/v1/invoices/{key}/pdf")
    assert pdf.status_code == 200, pdf.text
    assert pdf.content.startswith(b"%PDF-")
    assert (await client.get(f"/v1/invoices/{new_id()}")).status_code == 404
    assert (await client.get(f"/v1/invoices/{new_id()}/pdf")).status_code == 404


async def test_invoice_settings_are_versioned_and_issued_invoices_stay(
    client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    await shipped(db, clock)
    settings = await told(await client.get("/v1/invoicing/settings"), 200)
    assert settings["version"] == 0
    changed = settings | {"seller_name": "Glow Ltd", "series_by_channel": {"web": "WEB"}}
    saved = await told(await client.put("/v1/invoicing/settings", json=changed), 200)
    assert saved["version"] == 1
    stale = await told(await client.put("/v1/invoicing/settings", json=changed), 412)
    assert stale["code"] == "settings_changed"
    await shipped(db, clock)
    issued = await rows(db, "select invoice_number, seller from invoice order by series")
    assert [(i["invoice_number"], i["seller"]["name"]) for i in issued] == [
        ("INV-000001", "Argosy"),
        ("WEB-000001", "Glow Ltd"),
    ]


async def test_the_webhook_door_needs_no_key_but_a_signature(
    client: httpx.AsyncClient, make_client: MakeClient, db: Database, clock: FixedClock
) -> None:
    body = {"amount_minor": 900, "currency": "GBP", "hint": {"cart": "C-1"}}
    paid = await told(await client.post("/v1/sandbox/payment-intents", json=body), 201)
    path = f"/v1/sandbox/operations/{paid['capture_reference']}/webhook"
    signed = await told(await client.get(path), 200)
    headers = signed["headers"] | {"content-type": "application/json"}
    client.headers.pop("authorization")
    door = "/v1/payments/sandbox/webhook"
    first = await told(await client.post(door, content=signed["body"], headers=headers), 200)
    assert first == {"settled": 0, "observed": 0, "strays": 1, "known": 0}
    second = await told(await client.post(door, content=signed["body"], headers=headers), 200)
    assert second["known"] == 1
    forged = headers | {"webhook-signature": "v1,nonsense"}
    refused = await told(await client.post(door, content=signed["body"], headers=forged), 401)
    assert refused["code"] == "signature_invalid"
    other = await make_client(["payments:read"])
    strays = await told(await other.get("/v1/stray-payments"), 200)
    assert strays["items"][0]["hint"] == {"cart": "C-1"}
    bad = await other.post("/v1/sandbox/payment-intents", json=body)
    assert bad.status_code == 403


async def test_the_return_page_and_the_list_of_what_is_not_settled(
    client: httpx.AsyncClient, db: Database, clock: FixedClock
) -> None:
    order = await place(db, clock, card(500, "tok_unknown_done"))
    await run(db, clock)
    waiting = await told(await client.get("/v1/money-movements/unsettled"), 200)
    [movement] = waiting["items"]
    assert (movement["state"], movement["order_id"]) == ("unknown", str(order))
    nothing = await client.get("/v1/money-movements/unsettled", params={"state": "pending"})
    assert (await told(nothing, 200))["items"] == []
    asked = await client.post("/v1/payments/reconcile", json={"order_id": str(order)})
    assert await told(asked, 200) == {"asked": 1, "settled": 1, "pending": 0, "unknown": 0}
    again = await client.post("/v1/payments/reconcile", json={"order_id": str(order)})
    assert (await told(again, 200))["asked"] == 0
    nobody = await client.post("/v1/payments/reconcile", json={"order_id": str(new_id())})
    assert nobody.status_code == 404
    known = await told(await client.get("/v1/payments/gateways"), 200)
    assert [g["name"] for g in known["items"]] == ["manual", "sandbox"]
    asked = await told(await client.get("/v1/sandbox/operations"), 200)
    assert asked["items"][0]["outcome"] == "succeeded"
    assert len((await told(await client.get("/v1/sandbox/authorizations"), 200))["items"]) == 1


async def test_keys_of_a_channel_see_its_money_alone(
    make_client: MakeClient, db: Database, clock: FixedClock
) -> None:
    order = await shipped(db, clock)
    mine, other = new_id(), new_id()
    async with db.transaction() as tx:
        await tx.execute("update order_money set channel_id = $1", mine)
        await tx.execute("update invoice set channel_id = $1", mine)
    limited = await make_client(["payments:write"], channel_ids=[mine])
    assert (await limited.get(f"/v1/orders/{order}/payments")).status_code == 200
    assert len((await told(await limited.get("/v1/invoices"), 200))["items"]) == 1
    stranger = await make_client(["payments:write"], channel_ids=[other])
    assert (await stranger.get(f"/v1/orders/{order}/payments")).status_code == 404
    assert (await told(await stranger.get("/v1/invoices"), 200))["items"] == []
    assert (await stranger.post(f"/v1/orders/{order}/refunds", json={})).status_code in (403, 404)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"kind":"capture"}', b"null"])
async def test_bad_webhooks_are_refused(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {
        "content-type": "application/json",
        "webhook-signature": "v1,é".encode("latin-1"),
        "webhook-timestamp": "²".encode("latin-1"),
    }
    response = await client.post("/v1/payments/sandbox/webhook", content=body, headers=headers)
    assert response.status_code == 401, response.text


async def test_an_order_names_a_gateway_that_is_there(
    client: httpx.AsyncClient, business: Business
) -> None:
    asked = ask("1", payments=[{"gateway": "acme", "amount_minor": 1000}])
    refused = await told(await client.post("/v1/orders", json=asked), 422)
    assert refused["code"] == "gateway_unknown"
    assert refused["errors"][0]["pointer"] == "/payments/0/gateway"
