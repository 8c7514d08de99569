-- Queue jobs that charge orders once somebody has put right what was missing; one for each key.
insert into job (job_id, bucket, kind, key, subject_id, body, run_at)
select
    job_id,
    get_byte(uuid_send(order_id), 15) % 16,
    'payments.charge',
    key,
    order_id,
    body,
    $5
from unnest($1::uuid [], $2::uuid [], $3::text [], $4::jsonb []) as c (job_id, order_id, key, body)
on conflict (bucket, kind, key) do nothing
