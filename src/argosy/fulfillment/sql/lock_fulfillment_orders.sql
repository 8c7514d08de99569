-- Lock fulfillment orders for a step: first their orders, then themselves and their groups, each in one order for everybody.
with locked_orders as materialized (
    select
        o.order_id,
        o.active_holds - o.group_holds as order_holds,
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
    o.order_holds + g.active_holds as active_holds,
    o.lifecycle,
    o.currency
from locked_orders as o
inner join fulfillment_order as f on o.order_id = f.order_id
inner join delivery_group as g on f.order_id = g.order_id and f.group_no = g.group_no
where f.fulfillment_order_id = any($1::uuid [])
order by f.order_id, f.fulfillment_order_id
for no key update of f, g
