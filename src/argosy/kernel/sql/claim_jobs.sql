-- Claim due jobs of some buckets (of one, where rows lie on several machines), and those whose holder went silent.
with due as (
    select bucket, job_id
    from job
    where
        bucket = any($1::smallint [])
        and kind = $2
        and state = 'ready'
        and run_at <= $3
    order by run_at
    limit $4
    for update skip locked
), silent as (
    select bucket, job_id
    from job
    where
        bucket = any($1::smallint [])
        and kind = $2
        and state = 'running'
        and lease_until < $3
    limit $4
    for update skip locked
), claimed as (
    update job
    set state = 'running', attempts = attempts + 1, lease_until = $5, leased_by = $6
    from (select * from due union all select * from silent) as taken
    where job.bucket = taken.bucket and job.job_id = taken.job_id
    returning job.bucket, job.job_id, job.kind, job.key, job.subject_id, job.body, job.attempts, job.deadline_at, job.created_at
)
select * from claimed
