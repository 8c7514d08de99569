-- Jobs that were given up over captures of orders.
select job_id
from job
where
    subject_id = any($1::uuid [])
    and state = 'dead'
    and kind in ('payments.capture', 'payments.charge')
