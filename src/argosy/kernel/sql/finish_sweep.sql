-- Note how a sweep ended.
update sweep_run
set last_finished_at = $2, last_count = $3, last_error = $4
where sweep = $1
