-- Units that waited for stock have it now; their groups are due for routing.
with filled as (
    select
        order_id,
        sum(quantity)::int as quantity
    from unnest($1::uuid [], $2::int []) as f (order_id, quantity)
    group by order_id
), locked as (
    select
        o.order_id,
        f.quantity
    from orders as o
    inner join filled as f on o.order_id = f.order_id
    order by o.order_id
    for no key update of o
), due as (
    update delivery_group as g
    set routing_state = 'to_route', route_after = least(g.route_after, $3)
    from filled as f
    where g.order_id = f.order_id and g.routing_state in ('to_route', 'waiting')
)
update orders as o
set units_backordered = greatest(0, o.units_backordered - l.quantity), version = o.version + 1
from locked as l
where o.order_id = l.order_id
