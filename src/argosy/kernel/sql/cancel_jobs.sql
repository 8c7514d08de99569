-- Call off jobs that wait or were given up; one that runs just now cannot be called back.
update job
set state = 'canceled', finished_at = $2
where job_id = any($1::uuid []) and state in ('ready', 'dead')
returning job_id
