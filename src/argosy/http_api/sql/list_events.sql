-- Events after one position and up to another, in order; of some names and channels when given.
select
    position,
    event_id,
    name,
    subject_id,
    subject_version,
    channel_id,
    occurred_at,
    body
from event
where
    position > $1
    and position <= $2
    and ($3::text [] is null or name = any($3))
    and ($4::uuid [] is null or channel_id = any($4))
order by position
limit $5
