-- Write down what somebody changed.
insert into audit_log (audit_id, actor, action, subject_kind, subject_id, before, after, request_id, made_at)
select *
from unnest(
    $1::uuid [], $2::text [], $3::text [], $4::text [], $5::text [], $6::jsonb [], $7::jsonb [], $8::text [],
    $9::timestamptz []
)
