-- One job by its id; the buckets are named so that each is one look into the primary key.
select
    job_id,
    kind,
    key,
    subject_id,
    state,
    attempts,
    run_at,
    deadline_at,
    created_at,
    finished_at,
    result,
    last_error
from job
where
    bucket = any(array[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]::smallint [])
    and job_id = $1
