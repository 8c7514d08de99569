-- The load of a location's day is the number of fulfillment orders given to it for that day and not turned down.
with given as (
    select
        location_id,
        load_day as day,
        count(*)::int as orders
    from fulfillment_order
    where location_id is not null and state not in ('rejected', 'canceled')
    group by location_id, load_day
)
select
    'load is the fulfillment orders given for the day' as rule,
    coalesce(l.location_id, g.location_id)::text || ' on ' || coalesce(l.day, g.day)::text as subject,
    coalesce(g.orders, 0)::text as expected,
    coalesce(l.assigned, 0)::text as found
from location_load as l
full join given as g on l.location_id = g.location_id and l.day = g.day
where coalesce(l.assigned, 0) <> coalesce(g.orders, 0)
