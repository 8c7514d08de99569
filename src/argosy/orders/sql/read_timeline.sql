-- Everything that happened to an order, oldest first.
select
    event_id,
    position,
    name,
    subject_version,
    occurred_at,
    recorded_at,
    body
from event
where subject_id = $1 and ($2::timestamptz is null or (recorded_at, event_id) > ($2, $4::uuid))
order by recorded_at, event_id
limit $3
