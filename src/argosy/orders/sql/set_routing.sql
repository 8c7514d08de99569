-- Where delivery groups stand in the routing queue.
with wanted as (
    select * from unnest($1::uuid [], $2::int [], $3::text [], $4::timestamptz [], $5::text [], $6::int [])
    as w (order_id, group_no, state, route_after, message, attempts)
), locked as (
    select
        g.order_id,
        g.group_no,
        w.state,
        w.route_after,
        w.message,
        w.attempts
    from delivery_group as g
    inner join wanted as w on g.order_id = w.order_id and g.group_no = w.group_no
    order by g.order_id, g.group_no
    for no key update of g
)
update delivery_group as g
set
    routing_state = l.state,
    route_after = coalesce(l.route_after, g.route_after),
    routing_message = l.message,
    routing_attempts = l.attempts
from locked as l
where g.order_id = l.order_id and g.group_no = l.group_no
