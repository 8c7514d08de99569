-- Give the next positions to committed events, oldest first, versions of one subject in their order.
with fresh as (
    select
        subject_id,
        event_id,
        subject_version,
        recorded_at
    from event
    where position is null
    order by recorded_at
    limit $1
), ranked as (
    select
        subject_id,
        event_id,
        row_number() over (order by first_recorded_at, subject_id, subject_version, recorded_at, event_id) as rank
    from (
        select
            *,
            min(recorded_at) over (partition by subject_id) as first_recorded_at
        from fresh
    ) as by_subject
), counter as (
    update event_position
    set last_position = last_position + (select count(*) from fresh)
    where exists (select 1 from fresh)
    returning last_position - (select count(*) from fresh) as before
)
update event
set position = counter.before + ranked.rank
from ranked cross join counter
-- Not "position is null": statistics of a quiet hour would make the planner walk the whole backlog for each of its rows.
where event.subject_id = ranked.subject_id and event.event_id = ranked.event_id and coalesce(event.position, 0) = 0
