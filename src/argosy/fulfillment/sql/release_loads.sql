-- Give back the capacity that fulfillment orders no longer need.
with wanted as (
    select
        location_id,
        day,
        sum(orders)::int as orders
    from unnest($1::uuid [], $2::date [], $3::int []) as w (location_id, day, orders)
    group by location_id, day
), locked as (
    select
        l.location_id,
        l.day,
        w.orders
    from location_load as l
    inner join wanted as w on l.location_id = w.location_id and l.day = w.day
    order by l.location_id, l.day
    for no key update of l
)
update location_load as l
set assigned = l.assigned - k.orders, changed_at = $4
from locked as k
where l.location_id = k.location_id and l.day = k.day
