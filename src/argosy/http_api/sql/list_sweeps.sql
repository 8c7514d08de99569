-- When each sweep last ran and what came of it.
select
    sweep,
    last_started_at,
    last_finished_at,
    last_count,
    last_error
from sweep_run
order by sweep
