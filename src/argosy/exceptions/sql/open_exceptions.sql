-- Open process exceptions and announce each; what belongs to an order is told on its timeline.
with opened as (
    insert into process_exception (
        exception_id, category, subject_kind, subject_id, order_id, message, facts, step, severity, opened_at
    )
    select
        e.*,
        $10
    from unnest(
        $1::uuid [], $2::text [], $3::text [], $4::uuid [], $5::uuid [], $6::text [], $7::jsonb [], $8::text [], $9::text []
    ) as e (exception_id, category, subject_kind, subject_id, order_id, message, facts, step, severity)
    returning exception_id, category, subject_kind, subject_id, order_id, message, step, severity, version
)
insert into event (name, subject_id, subject_version, occurred_at, body)
select
    'exception.opened.v1',
    coalesce(order_id, subject_id, exception_id),
    version,
    $10,
    jsonb_build_object(
        'exception_id', exception_id, 'category', category, 'severity', severity, 'message', message,
        'subject_kind', subject_kind, 'subject_id', subject_id, 'order_id', order_id, 'step', step
    )
from opened
