-- Note which orders are held or not any more, and which are closed.
update order_money as m
set
    held = coalesce(h.held, m.held),
    closed = m.closed or m.order_id = any($3::uuid [])
from (
    select
        coalesce(held.order_id, done.order_id) as order_id,
        held.held
    from unnest($1::uuid [], $2::boolean []) as held (order_id, held)
    full join unnest($3::uuid []) as done (order_id) on held.order_id = done.order_id
) as h
where m.order_id = h.order_id
