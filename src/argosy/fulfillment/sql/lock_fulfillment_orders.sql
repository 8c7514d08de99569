-- Lock fulfillment orders for a step: first their orders, then themselves, each in one order for everybody.
with locked_orders as materialized (
    select
        o.order_id,
        o.active_holds,
        o.lifecycle,
        o.currency
    from orders as o
    where
        o.order_id in (
            select k.order_id
            from fulfillment_order as k
            where k.fulfillment_order_id = any($1::uuid [])
        )
    order by o.order_id
    for no key update of o
)
select
    f.order_id,
    f.fulfillment_order_id,
    f.number,
    f.group_no,
    f.channel_id,
    f.location_id,
    f.kind,
    f.state,
    f.version,
    f.load_day,
    f.due_at,
    f.pick_list_id,
    f.pickup_code_hash,
    f.pickup_attempts,
    o.active_holds,
    o.lifecycle,
    o.currency
from locked_orders as o
inner join fulfillment_order as f on o.order_id = f.order_id
where f.fulfillment_order_id = any($1::uuid [])
order by f.order_id, f.fulfillment_order_id
for no key update of f
