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
    o.active_holds,
    o.lifecycle,
    o.currency
from fulfillment_order as f
inner join orders as o on f.order_id = o.order_id
where f.fulfillment_order_id = any($1::uuid [])
