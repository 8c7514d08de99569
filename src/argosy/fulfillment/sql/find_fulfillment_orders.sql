-- Fulfillment orders as a step would see them, without a lock: for previews.
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
    o.active_holds - o.group_holds + g.active_holds as active_holds,
    o.lifecycle,
    o.currency
from fulfillment_order as f
inner join orders as o on f.order_id = o.order_id
inner join delivery_group as g on f.order_id = g.order_id and f.group_no = g.group_no
where f.fulfillment_order_id = any($1::uuid [])
