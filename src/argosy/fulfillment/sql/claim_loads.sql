-- Count fulfillment orders against the capacity of their location and day; one that has no room for them is left alone.
with wanted as (
    select * from unnest($1::uuid [], $2::date [], $3::int [], $4::int [])
    as w (location_id, day, orders, capacity)
)
insert into location_load as l (location_id, day, assigned, capacity, changed_at)
select
    location_id,
    day,
    orders,
    capacity,
    $5
from wanted
where orders <= coalesce(capacity, orders)
order by location_id, day
on conflict (location_id, day) do update
set
    assigned = l.assigned + excluded.assigned,
    capacity = excluded.capacity,
    changed_at = excluded.changed_at
where l.assigned + excluded.assigned <= coalesce(excluded.capacity, l.assigned + excluded.assigned)
returning l.location_id, l.day
