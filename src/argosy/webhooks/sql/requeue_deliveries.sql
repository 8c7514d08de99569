-- Queue deliveries again, each in a new round with its tries counted anew; only those of active endpoints.
with endpoints as materialized (
    select endpoint_id
    from webhook_endpoint
    where
        state = 'active'
        and endpoint_id in (select endpoint_id from webhook_delivery where delivery_id = any($1::uuid []))
    order by endpoint_id
    for share
), locked as (
    select
        d.endpoint_id,
        d.delivery_id
    from webhook_delivery as d
    inner join endpoints as e on d.endpoint_id = e.endpoint_id
    where d.delivery_id = any($1::uuid [])
    order by d.endpoint_id, d.delivery_id
    for no key update of d
), queued as (
    update webhook_delivery as d
    set state = 'pending', round = d.round + 1, tries = 0, next_attempt_at = $2, settled_at = null
    from locked as l
    where d.endpoint_id = l.endpoint_id and d.delivery_id = l.delivery_id
    returning d.endpoint_id, d.delivery_id, d.round
), asked as (
    insert into job (bucket, job_id, kind, key, subject_id, body, run_at, created_at)
    select
        get_byte(uuid_send(delivery_id), 15) % 16,
        gen_random_uuid(),
        'webhooks.deliver',
        delivery_id || '/' || round,
        delivery_id,
        jsonb_build_object('endpoint_id', endpoint_id, 'round', round),
        $2,
        $2
    from queued
)
select delivery_id from queued
