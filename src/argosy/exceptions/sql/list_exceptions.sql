-- A page of exceptions, newest first.
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
where
    ($1::text is null or status = $1)
    and ($2::text is null or category = $2)
    and ($3::text is null or severity = $3)
    and ($4::text is null or owner = $4)
    and ($5::uuid is null or order_id = $5)
    and ($6::uuid is null or subject_id = $6)
    and ($7::uuid is null or exception_id = $7)
    and ($8::uuid is null or exception_id < $8)
order by exception_id desc
limit $9
