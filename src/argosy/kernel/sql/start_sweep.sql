-- Note that a sweep starts, if it is due; nothing when it is not.
insert into sweep_run (sweep, last_started_at)
values ($1, $2)
on conflict (sweep) do update
set last_started_at = excluded.last_started_at
where sweep_run.last_started_at is null or sweep_run.last_started_at <= $3
returning sweep
