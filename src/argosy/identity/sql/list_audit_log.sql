-- One page of the audit log, newest first.
select
    audit_id,
    made_at,
    actor,
    action,
    subject_kind,
    subject_id,
    request_id,
    before,
    after
from audit_log
where
    ($1::uuid is null or audit_id < $1)
    and ($2::text is null or actor = $2)
    and ($3::text is null or subject_kind = $3)
    and ($4::text is null or subject_id = $4)
    and ($5::text is null or action = $5)
order by audit_id desc
limit $6
