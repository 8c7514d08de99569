-- Count allocated units as being worked on at a location (negative: no longer).
with moved as (
    select
        order_id,
        sum(quantity)::int as quantity
    from unnest($1::uuid [], $2::int []) as m (order_id, quantity)
    group by order_id
), locked as (
    select
        o.order_id,
        m.quantity
    from orders as o
    inner join moved as m on o.order_id = m.order_id
    order by o.order_id
    for no key update of o
)
update orders as o
set units_in_progress = o.units_in_progress + l.quantity, version = o.version + 1
from locked as l
where o.order_id = l.order_id
