-- Which kinds have due jobs in which buckets.
select
    kind,
    bucket
from job
where (state = 'ready' and run_at <= $1) or (state = 'running' and lease_until < $1)
group by kind, bucket
