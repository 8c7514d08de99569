-- Make a delivery for each event and endpoint that wants it, with a job to send it; a paused endpoint's are held for it.
with heard as (
    select * from unnest($1::uuid [], $2::uuid [], $3::text [], $4::uuid [], $5::bigint [])
    as h (event_id, subject_id, name, channel_id, position)
), endpoints as materialized ( -- Shared locks: nobody resumes an endpoint while deliveries are held for it.
    select
        endpoint_id,
        patterns,
        channel_ids,
        state,
        from_position
    from webhook_endpoint
    where state <> 'deleted'
    order by endpoint_id
    for share
), made as (
    insert into webhook_delivery (
        endpoint_id, delivery_id, event_id, subject_id, event_name, position, state, created_at, next_attempt_at
    )
    select
        e.endpoint_id,
        encode(
            substring(int8send((extract(epoch from $6::timestamptz) * 1000)::bigint) from 3)
            || set_byte(substring(uuid_send(gen_random_uuid()) from 7), 0, 112 + floor(random() * 16)::int),
            'hex'
        )::uuid,
        h.event_id,
        h.subject_id,
        h.name,
        h.position,
        case e.state when 'active' then 'pending' else 'held' end,
        $6,
        case e.state when 'active' then $6::timestamptz end
    from heard as h
    inner join endpoints as e on h.position > e.from_position and h.name like any(e.patterns)
    where e.channel_ids is null or h.channel_id = any(e.channel_ids)
    order by e.endpoint_id, h.position
    on conflict (endpoint_id, event_id) do nothing
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
        $6,
        $6
    from made
    where state = 'pending'
)
select count(*) from made
