-- Write down what somebody changed.
insert into audit_log (audit_id, made_at, actor, action, subject_kind, subject_id, request_id, before, after)
select
    audit_id,
    $7,
    $8,
    action,
    subject_kind,
    subject_id,
    $9,
    before,
    after
from unnest($1::uuid [], $2::text [], $3::text [], $4::text [], $5::jsonb [], $6::jsonb [])
    as entry (audit_id, action, subject_kind, subject_id, before, after)
