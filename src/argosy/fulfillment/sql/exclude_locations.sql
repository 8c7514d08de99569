-- Do not ask these locations again for these delivery groups.
insert into location_exclusion (order_id, group_no, location_id, reason, made_by, made_at)
select
    e.*,
    $5,
    $6
from unnest($1::uuid [], $2::int [], $3::uuid [], $4::text []) as e (order_id, group_no, location_id, reason)
on conflict (order_id, group_no, location_id) do nothing
