-- Make dead or canceled jobs ready again, with their attempts counted anew.
update job
set state = 'ready', attempts = 0, run_at = $2, finished_at = null, last_error = null
where job_id = any($1::uuid []) and state in ('dead', 'canceled')
returning job_id
