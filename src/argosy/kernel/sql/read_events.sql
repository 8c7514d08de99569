-- The next events after a position, in order; of some names only when names are given.
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
where position > $1
order by position
limit $2
