"""Webhooks over HTTP: endpoints, secrets, deliveries, replays and dry runs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.business import Business
from tests.webhooks.conftest import House
from tests.webhooks.receiver import Receiver, respond

NOWHERE = "0193f3a0-5b5e-7c3e-8f00-0a1b2c3d4e5f"


async def subscribe(client: httpx.AsyncClient, url: str, **more: Any) -> dict[str, Any]:
    asked = {"url": url, "events": ["order.*"]} | more
    made = await client.post("/v1/webhook-endpoints", json=asked)
    assert made.status_code == 201, made.text
    return made.json()


async def command(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(f"/v1/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_endpoint_is_made_seen_changed_and_deleted(
    client: httpx.AsyncClient, house: House, receiver: Receiver, business: Business
) -> None:
    made = await subscribe(client, receiver.url, channels=["web"], description="The ERP")
    path = f"/v1/webhook-endpoints/{made['endpoint_id']}"
    seen = await client.get(path)
    assert "secret" not in seen.text
    assert seen.json()["channel_ids"] == [str(business.channels["web"])]
    asked = {"url": receiver.url + "/new", "events": ["*"]}
    stale = await client.put(path, json=asked, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    changed = await client.put(path, json=asked, headers={"If-Match": seen.headers["etag"]})
    assert changed.status_code == 200, changed.text
    listed = (await client.get("/v1/webhook-endpoints")).json()["items"]
    assert [(each["url"], each["version"]) for each in listed] == [(asked["url"], 2)]
    assert (await client.delete(path)).json()["canceled"] == 0
    assert (await client.get(path)).status_code == 404
    assert (await client.delete(path)).status_code == 404
    actions = await house.rows("select action from audit_log order by audit_id")
    assert {row["action"] for row in actions} >= {
        "create_webhook_endpoint",
        "change_webhook_endpoint",
        "delete_webhook_endpoint",
    }


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://10.0.0.1/", "address_refused"),
        ("http://169.254.169.254/latest/meta-data", "address_refused"),
        ("ftp://example.com/", "url_invalid"),
        ("http://no-such-host.invalid/", "host_unknown"),
    ],
)
async def test_an_address_that_cannot_be_called_is_refused_at_save(
    client: httpx.AsyncClient, house: House, url: str, code: str
) -> None:
    answer = await client.post("/v1/webhook-endpoints", json={"url": url, "events": ["*"]})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await house.rows("select 1 from webhook_endpoint") == []


async def test_no_secret_is_stored_readable(
    client: httpx.AsyncClient, house: House, receiver: Receiver
) -> None:
    made = await subscribe(client, receiver.url)
    await client.post(
        f"/v1/webhook-endpoints/{made['endpoint_id']}/rotate-secret", json={"overlap_hours": 1}
    )
    raw = Webhook(made["secret"])._whsecret  # noqa: SLF001
    for row in await house.rows("select sealed from webhook_secret"):
        assert raw not in row["sealed"]
    audit = str(await house.rows("select * from audit_log"))
    assert made["secret"].removeprefix("whsec_") not in audit


async def test_after_a_rotation_both_secrets_verify_until_the_overlap_ends(
    client: httpx.AsyncClient, house: House, receiver: Receiver
) -> None:
    house.clock.moment = datetime.now(UTC)  # The verifier looks at the real clock.
    old = await subscribe(client, receiver.url)
    path = f"/v1/webhook-endpoints/{old['endpoint_id']}/rotate-secret"
    new = (await client.post(path, json={"overlap_hours": 1})).json()
    await house.happen("order.placed.v1")
    await house.settle()
    [request] = receiver.received
    Webhook(old["secret"]).verify(request.body, request.headers)
    Webhook(new["secret"]).verify(request.body, request.headers)
    await client.post(path, json={"overlap_hours": 0})
    await house.happen("order.closed.v1")
    await house.settle()
    request = receiver.received[-1]
    for secret in (old["secret"], new["secret"]):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(request.body, request.headers)


async def test_only_wanted_events_of_wanted_channels_are_sent(
    client: httpx.AsyncClient, house: House, receiver: Receiver, business: Business
) -> None:
    await subscribe(client, receiver.url, events=["order.placed.*", "st_ck.*"], channels=["web"])
    web, store = business.channels["web"], business.channels["store"]
    await house.happen("order.placed.v1", "order.closed.v1", "stock.received.v1", channel_id=web)
    await house.happen("order.placed.v1", channel_id=store)
    await house.happen("order.placed.v1")
    await house.settle()
    assert [each["event_name"] for each in await house.rows("select * from webhook_delivery")] == [
        "order.placed.v1"
    ]


async def test_deliveries_are_listed_shown_and_sent_again(
    client: httpx.AsyncClient, house: House, receiver: Receiver
) -> None:
    await subscribe(client, receiver.url)
    await house.happen(*["order.placed.v1"] * 3, "order.closed.v1")
    await house.settle()
    first = (await client.get("/v1/webhook-deliveries?limit=3")).json()
    rest = await client.get(f"/v1/webhook-deliveries?limit=3&after={first['next_after']}")
    ids = [each["delivery_id"] for each in first["items"] + rest.json()["items"]]
    assert len(set(ids)) == 4
    closed = await client.get("/v1/webhook-deliveries?event_name=order.closed.v1&state=delivered")
    assert len(closed.json()["items"]) == 1
    await command(client, f"webhook-deliveries/{ids[0]}/retry")
    done = await command(
        client,
        "webhook-deliveries/retry/batch",
        items=[{"delivery_id": ids[1]}, {"delivery_id": NOWHERE}],
    )
    assert [each["status"] for each in done["outcomes"]] == ["done", "refused"]
    await house.settle()
    shown = (await client.get(f"/v1/webhook-deliveries/{ids[0]}")).json()
    assert [each["status_code"] for each in shown["attempts"]] == [200, 200]
    sent = [each.headers["webhook-id"] for each in receiver.received]
    assert len(sent) == 6
    assert len(set(sent)) == 4, "a delivery keeps its id when it is sent again"
    assert (await client.get(f"/v1/webhook-deliveries/{NOWHERE}")).status_code == 404


async def test_a_range_of_events_is_replayed_also_from_before_the_endpoint(
    client: httpx.AsyncClient, house: House, receiver: Receiver
) -> None:
    await house.happen(*["order.placed.v1"] * 3, "stock.received.v1")
    await house.settle()
    made = await subscribe(client, receiver.url)
    await house.happen("order.closed.v1")
    await house.settle()
    assert len(receiver.received) == 1
    path = f"webhook-endpoints/{made['endpoint_id']}/replay"
    span = {"from_position": 1, "to_position": 100}
    preview = await command(client, f"{path}/preview", **span, delivered_too=True)
    assert (preview["first_sent"], preview["sent_again"]) == (3, 1)
    assert len(await house.states()) == 1, "a preview changes nothing"
    assert await command(client, path, **span, delivered_too=True) == preview
    await house.settle()
    assert len(receiver.received) == 5
    again = await command(client, path, **span)
    assert (again["first_sent"], again["sent_again"]) == (0, 0)
    bad = {"from_position": 0, "to_position": 60_000}
    answer = await client.post(f"/v1/{path}", json=bad)
    assert (answer.status_code, answer.json()["code"]) == (422, "range_invalid")


async def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(
    client: httpx.AsyncClient, house: House, receiver: Receiver
) -> None:
    made = await subscribe(client, receiver.url)
    await house.happen("order.placed.v1", "stock.received.v1")
    await house.settle()
    receiver.received.clear()
    before = await house.rows("select * from webhook_delivery")
    shown = await command(client, f"webhook-endpoints/{made['endpoint_id']}/dry-run", limit=5)
    assert (shown["unreachable"], shown["matched"]) == (None, 1)
    [request] = shown["requests"]
    assert request["body"]["type"] == "order.placed.v1"
    assert request["headers"]["webhook-signature"] == "v1,<signature>"
    assert receiver.received == []
    assert await house.rows("select * from webhook_delivery") == before


async def test_a_pause_by_hand_holds_and_resuming_sends(
    client: httpx.AsyncClient, house: House, receiver: Receiver
) -> None:
    made = await subscribe(client, receiver.url)
    path = f"webhook-endpoints/{made['endpoint_id']}"
    await command(client, f"{path}/pause", reason="The ERP moves.")
    twice = await client.post(f"/v1/{path}/pause", json={"reason": "Again."})
    assert (twice.status_code, twice.json()["code"]) == (409, "endpoint_is_paused")
    await house.happen("order.placed.v1")
    await house.settle()
    seen = (await client.get(f"/v1/{path}")).json()
    assert (seen["state"], seen["held"]) == ("paused", 1)
    held = (await client.get("/v1/webhook-deliveries?state=held")).json()["items"][0]
    refused = await client.post(f"/v1/webhook-deliveries/{held['delivery_id']}/retry")
    assert refused.json()["code"] == "endpoint_is_paused"
    await command(client, f"{path}/resume")
    await house.settle()
    assert len(receiver.received) == 1
    active = await client.post(f"/v1/{path}/resume")
    assert active.json()["code"] == "endpoint_is_active"


async def test_deleting_cancels_what_waits_and_says_how_much(
    client: httpx.AsyncClient, house: House, receiver: Receiver
) -> None:
    made = await subscribe(client, receiver.url)
    receiver.answer = lambda _: respond(500)
    await house.happen(*["order.placed.v1"] * 4)
    await house.settle()
    deleted = await client.delete(f"/v1/webhook-endpoints/{made['endpoint_id']}")
    assert deleted.json()["canceled"] == 4
    house.clock.advance(timedelta(days=1))
    await house.settle()
    assert len(receiver.received) == 4
    assert set(await house.states()) == {"canceled"}
