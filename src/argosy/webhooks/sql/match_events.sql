-- The newest events up to a position that an endpoint would get, as they would be sent.
select
    v.event_id,
    v.name as event_name,
    v.subject_id,
    v.subject_version,
    v.position,
    v.channel_id,
    v.occurred_at,
    v.body::text as body
from event as v
where
    v.position between $1 and $2
    and v.name like any($3::text [])
    and ($4::uuid [] is null or v.channel_id = any($4))
order by v.position desc
limit $5
