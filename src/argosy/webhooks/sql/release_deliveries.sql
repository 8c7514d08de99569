-- Queue everything that waits for a resumed endpoint, each in a new round so that jobs of the old one settle nothing; announce it.
with waiting as (
    select
        endpoint_id,
        delivery_id
    from webhook_delivery
    where endpoint_id = $1 and state in ('pending', 'held')
    order by delivery_id
    for no key update
), queued as (
    update webhook_delivery as d
    set state = 'pending', round = d.round + 1, tries = 0, next_attempt_at = $2
    from waiting as w
    where d.endpoint_id = w.endpoint_id and d.delivery_id = w.delivery_id
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
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'webhook.resumed.v1',
        e.endpoint_id,
        e.version,
        $2,
        jsonb_build_object('endpoint_id', e.endpoint_id, 'url', e.url, 'released', (select count(*) from queued), 'by', $3::text)
    from webhook_endpoint as e
    where e.endpoint_id = $1
)
select count(*) from queued
