-- What waits, what failed, and who sequences: one row.
select
    (select count(*) from (select 1 from event where position is null limit 10000) as waiting) as events_waiting,
    (
        select coalesce(extract(epoch from now() - min(recorded_at)), 0)::float8
        from event
        where position is null
    ) as events_age_seconds,
    (
        select expires_at > now()
        from lease
        where name = 'events.sequencer'
    ) as sequenced,
    (
        select count(*)
        from job
        where state = 'ready' and run_at <= now()
    ) as jobs_due,
    (
        select coalesce(extract(epoch from now() - min(run_at)), 0)::float8
        from job
        where state = 'ready' and run_at <= now()
    ) as jobs_age_seconds,
    (
        select count(*)
        from job
        where state = 'dead'
    ) as jobs_dead,
    (
        select array_agg(reader order by reader)
        from reader_cursor
        where failures > 0
    ) as readers_failing,
    (
        select array_agg(sweep order by sweep)
        from sweep_run
        where last_error is not null
    ) as sweeps_failing,
    (
        select exists(select 1 from api_key where revoked_at is null)
    ) as has_key
