-- How far the event log has come, and what waits for its position.
select
    (select last_position from event_position) as last_position,
    count(*) as backlog,
    coalesce(extract(epoch from now() - min(recorded_at)), 0)::float8 as age_seconds
from (
    select recorded_at
    from event
    where position is null
    order by recorded_at
    limit 10000
) as waiting
