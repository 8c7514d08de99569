-- Jobs that are not done, by kind and state, with the age of the oldest.
select
    kind,
    state,
    count(*) as jobs,
    greatest(
        0, extract(epoch from now() - min(case when state = 'ready' then run_at else created_at end))
    )::float8 as age_seconds
from job
where state in ('dead', 'running', 'ready')
group by kind, state
order by kind, state
