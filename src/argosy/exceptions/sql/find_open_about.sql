-- The open exceptions about some subjects.
select exception_id
from process_exception
where status = 'open' and subject_kind = $1 and subject_id = any($2::uuid [])
order by exception_id
