-- Write down what became of claimed jobs: done, to be tried again, or dead; only while we still hold them.
update job
set
    state = o.state,
    run_at = coalesce(o.run_at, job.run_at),
    result = o.result,
    last_error = o.error,
    lease_until = null,
    leased_by = null,
    finished_at = case when o.state in ('done', 'dead') then $6::timestamptz end
from
    unnest($1::uuid [], $2::text [], $3::timestamptz [], $4::jsonb [], $5::text [], $7::smallint [])
    as o (job_id, state, run_at, result, error, bucket)
where job.bucket = o.bucket and job.job_id = o.job_id and job.state = 'running' and job.leased_by = $8
returning job.job_id, job.state
