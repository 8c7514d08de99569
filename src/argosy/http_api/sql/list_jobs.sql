-- Jobs of one state, or of one subject in any state, newest first, from a place in the list on.
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
    ($1::text is null or state = $1)
    and ($2::text is null or kind = $2)
    and ($3::uuid is null or subject_id = $3)
    and ($4::timestamptz is null or (created_at, job_id) < ($4, $5::uuid))
order by created_at desc, job_id desc
limit $6
