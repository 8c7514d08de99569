-- Lock exceptions in one order for everybody and return how they stand.
select
    exception_id,
    category,
    severity,
    status,
    subject_kind,
    subject_id,
    order_id,
    message,
    facts,
    step,
    owner,
    opened_at,
    resolved_at,
    resolved_by,
    resolution,
    version
from process_exception
where exception_id = any($1::uuid [])
order by exception_id
for no key update
