-- Queue the events of a range of positions for an endpoint: those it never got and, where wanted, those it did.
with endpoint as materialized (
    select
        endpoint_id,
        patterns,
        channel_ids,
        state
    from webhook_endpoint
    where endpoint_id = $1 and state <> 'deleted'
    for share
), wanted as (
    select
        e.endpoint_id,
        e.state,
        v.event_id,
        v.subject_id,
        v.name,
        v.position
    from event as v
    inner join endpoint as e on v.name like any(e.patterns) and (e.channel_ids is null or v.channel_id = any(e.channel_ids))
    where v.position between $2 and $3
), queued as (
    insert into webhook_delivery as d (
        endpoint_id, delivery_id, event_id, subject_id, event_name, position, state, created_at, next_attempt_at
    )
    select
        w.endpoint_id,
        encode(
            substring(int8send((extract(epoch from $5::timestamptz) * 1000)::bigint) from 3)
            || set_byte(substring(uuid_send(gen_random_uuid()) from 7), 0, 112 + floor(random() * 16)::int),
            'hex'
        )::uuid,
        w.event_id,
        w.subject_id,
        w.name,
        w.position,
        case w.state when 'active' then 'pending' else 'held' end,
        $5,
        case w.state when 'active' then $5::timestamptz end
    from wanted as w
    order by w.position
    on conflict (endpoint_id, event_id) do update
    set
        state = excluded.state,
        round = d.round + 1,
        tries = 0,
        next_attempt_at = excluded.next_attempt_at,
        settled_at = null
    where $4::boolean or d.state in ('failed', 'canceled')
    returning endpoint_id, delivery_id, round, state
), asked as (
    insert into job (bucket, job_id, kind, key, subject_id, body, run_at, created_at)
    select
        get_byte(uuid_send(delivery_id), 15) % 16,
        gen_random_uuid(),
        'webhooks.deliver',
        delivery_id || '/' || round,
        delivery_id,
        jsonb_build_object('endpoint_id', endpoint_id, 'round', round),
        $5,
        $5
    from queued
    where state = 'pending'
)
select
    count(*) filter (where round = 0) as first_sent,
    count(*) filter (where round > 0) as sent_again
from queued
