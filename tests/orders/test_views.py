"""How orders are seen: lists in pages, one whole, timelines, and plans that stay flat."""

import json
from typing import Any

import httpx
import pytest

from argosy.kernel.database import Database
from argosy.orders import reads
from argosy.orders.reads import OrderFilters
from tests.business import Business
from tests.orders.world import counted, fetch_value, line, order, place, place_one


async def test_a_list_is_paged_by_key_newest_first(
    client: httpx.AsyncClient, db: Database, shop: Business
) -> None:
    await place(db, *[order(str(n)) for n in range(7)])
    seen: list[str] = []
    after = None
    while True:
        query = {"limit": 3} | ({"after": after} if after else {})
        page = (await client.get("/v1/orders", params=query)).json()
        seen += [each["order_id"] for each in page["items"]]
        after = page.get("next_after")
        if after is None:
            break
    assert len(seen) == 7
    assert seen == sorted(seen, reverse=True)


async def test_orders_are_found_by_what_people_know(
    client: httpx.AsyncClient, db: Database, shop: Business
) -> None:
    buyer = {"email": "A.Buyer@Example.com", "external_id": "C-1"}
    made = await place_one(
        db, order("WEB-7", line("SET"), line("BOWL"), customer=buyer, tags=["vip"])
    )
    await place_one(db, order("WEB-8"))
    for query in (
        {"order_number": made.summary.order_number},
        {"external_id": "WEB-7"},
        {"email": "a.buyer@example.com"},
        {"sku": "BOWL"},
        {"tag": "vip"},
    ):
        page = (await client.get("/v1/orders", params=query)).json()
        assert [each["external_id"] for each in page["items"]] == ["WEB-7"], query
    for query in ({"sku": "NOPE"}, {"external_id": "X"}, {"held": "true"}, {"channel": "store"}):
        assert (await client.get("/v1/orders", params=query)).json()["items"] == [], query


async def test_a_key_of_a_channel_sees_only_its_orders(
    make_client: Any, db: Database, shop: Business
) -> None:
    made = await place_one(db, order("1"))
    store = await make_client(["orders:write"], name="till", channel_ids=[shop.channels["store"]])
    web = await make_client(["orders:write"], name="web", channel_ids=[shop.channels["web"]])
    path = f"/v1/orders/{made.summary.order_id}"
    hold = {"kind": "manual", "reason": "Wait."}
    assert len((await web.get("/v1/orders")).json()["items"]) == 1
    assert (await web.get(path)).status_code == 200
    assert (await store.get("/v1/orders")).json()["items"] == []
    for answer in (
        await store.get(path),
        await store.get(f"{path}/timeline"),
        await store.post(f"{path}/holds", json=hold),
        await store.post(f"{path}/notes", json={"text": "Hello."}),
        await store.put(f"{path}/tags", json={"tags": ["x"]}),
    ):
        assert answer.status_code == 404, answer.json()
    assert (await web.post(f"{path}/holds", json=hold)).status_code == 201
    released = await fetch_value(db, "select hold_id from order_hold")
    answer = await web.post(f"{path}/holds/{released}/release", json={"reason": "Done."})
    assert answer.status_code == 200


async def test_an_order_is_read_whole_in_one_statement(db: Database, shop: Business) -> None:
    small = await place_one(db, order("1"))
    large = await place_one(db, order("2", *[line("EBOOK") for _ in range(300)], line("SET")))
    async with db.reading() as tx:
        for made in (small, large):
            async with counted(tx) as sent:
                detail = await reads.get_order(tx, made.summary.order_id)
            assert detail is not None
            assert len(sent) == 1
    assert detail is not None
    assert len(detail.lines) == 301
    assert detail.lines[0].available_to_cancel == 1


async def test_tags_and_notes_stand_on_the_timeline(
    client: httpx.AsyncClient, db: Database, shop: Business
) -> None:
    made = await place_one(db, order("1"))
    path = f"/v1/orders/{made.summary.order_id}"
    assert (await client.post(f"{path}/notes", json={"text": "Rang twice."})).status_code == 201
    answer = await client.put(
        f"{path}/tags", json={"tags": ["b", "a", "b"]}, headers={"If-Match": '"2"'}
    )
    assert (answer.status_code, answer.json()["tags"]) == (200, ["b", "a"])
    stale = await client.put(f"{path}/tags", json={"tags": []}, headers={"If-Match": '"2"'})
    assert stale.status_code == 412
    page = (await client.get(f"{path}/timeline")).json()
    assert [each["name"] for each in page["items"]] == [
        "order.placed.v1", "order.note_added.v1", "order.tags_changed.v1",
    ]  # fmt: skip


_MANY = 60_000
_FILL = f"""
with made as (
    insert into orders (order_id, order_number, channel_id, external_id, digest, currency, tax_mode,
        placed_at, captured_at, buyer, goods_minor, discount_minor, shipping_minor, fee_minor,
        tax_minor, total_minor, units_ordered, units_fulfilled, units_delivered, tags, lifecycle,
        closed_at, customer_id)
    select ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'X' || n,
        (select channel_id from channel where code = 'web'), 'X' || n, '', 'GBP', 'gross',
        now(), now(), jsonb_build_object('email', 'b' || n || '@example.com'), 1, 0, 0, 0, 0, 1,
        1, 1, 1, case when n % 5000 = 0 then array['rare'] else '{{}}'::text[] end, 'closed', now(),
        ('01900000-0000-7000-8000-' || lpad(to_hex(n % 900), 12, '0'))::uuid
    from generate_series(1, {_MANY}) as n
    returning order_id, channel_id, order_number, external_id
), money as (
    insert into order_money (order_id, currency, total_minor, authorized_minor, captured_minor)
    select order_id, 'GBP', 1, 1, 1 from made
), keys as (
    insert into order_key select 'channel:' || channel_id, external_id, order_id from made
    union all select 'number', order_number, order_id from made
)
insert into order_line (order_id, line_no, group_no, sku_code, title, kind, unit_price,
    amount_minor, total_minor, ordered, fulfilled, delivered)
select order_id, 1, 1, case when order_number like '%777' then 'RARE' else 'HOT' end, 'x',
    'physical', 0.01, 1, 1, 1, 1, 1 from made
"""


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for each in plan.get("Plans", ()) for node in _nodes(each))]


async def test_pain_33_lists_stay_flat_on_a_large_table(db: Database, business: Business) -> None:
    async with db.transaction() as tx:
        await tx.execute(_FILL)
    async with db.writing_pool.acquire() as connection:
        await connection.execute("vacuum analyze orders, order_money, order_line, order_key")
    async with db.reading() as tx:
        deep = await tx.fetchval("select order_id from orders order by 1 offset 1000 limit 1")
        some = await tx.fetchval("select customer_id from orders limit 1")
        for filters in (
            OrderFilters(),
            OrderFilters(channel_ids=[business.channels["web"]]),
            OrderFilters(channel_ids=[business.channels["store"]]),
            OrderFilters(lifecycle="placed"),
            OrderFilters(lifecycle="canceled"),
            OrderFilters(payment_status="captured"),
            OrderFilters(payment_status="failed"),
            OrderFilters(fulfillment_status="delivered"),
            OrderFilters(fulfillment_status="backordered"),
            OrderFilters(return_status="returned"),
            OrderFilters(held=True),
            OrderFilters(customer_id=some),
            OrderFilters(email="B777@example.com"),
            OrderFilters(sku="RARE"),
            OrderFilters(sku="HOT"),
            OrderFilters(order_number="X777"),
            OrderFilters(external_id="X777"),
            OrderFilters(tag="rare"),
        ):
            for after in (None, deep):
                async with counted(tx) as sent:
                    await reads.list_orders(tx, filters, after=after, limit=51)
                assert len(sent) == 1
                plan = await _plan(tx, filters, after)
                _assert_flat(plan, filters)
        async with counted(tx) as sent:
            queues = await reads.count_orders(tx, cap=10_000)
        assert len(sent) == 1
        assert queues["delivered"] == 10_000  # Counted no further.


async def _plan(tx: Any, filters: OrderFilters, after: Any) -> dict[str, Any]:
    """Return the plan of the page, with what its nodes really did."""
    asked: list[Any] = []

    class Spy:
        async def fetch(self, query: str, *arguments: Any) -> list[Any]:
            asked[:] = [query, *arguments]
            return []

    await reads.list_orders(Spy(), filters, after=after, limit=51)  # type: ignore[arg-type]
    text = await tx.fetchval("explain (analyze, format json) " + asked[0], *asked[1:])
    plan: dict[str, Any] = (json.loads(text) if isinstance(text, str) else text)[0]["Plan"]
    return plan


def _assert_flat(plan: dict[str, Any], filters: OrderFilters) -> None:
    for node in _nodes(plan):
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] != "channel":
            pytest.fail(f"{filters} scans {node['Relation Name']}")
        assert node.get("Sort Space Type", "Memory") == "Memory", filters
        rows = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
        rows *= node.get("Actual Loops", 1)
        assert rows <= 5000, f"{filters}: {node['Node Type']} reads {rows} rows"
