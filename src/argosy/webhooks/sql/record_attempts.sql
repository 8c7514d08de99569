-- Write down a batch of attempts, what they mean for their deliveries and for the health of their endpoints; return who was paused.
with locked as materialized ( -- In one order for everybody.
    select
        endpoint_id,
        state
    from webhook_endpoint
    where endpoint_id = any($1::uuid [])
    order by endpoint_id
    for no key update
), tried as (
    select
        a.*,
        l.state as endpoint_state
    from unnest(
        $2::uuid [], $3::uuid [], $4::int [], $5::text [], $6::timestamptz [], $7::int [], $8::text [], $9::text [],
        $10::int [], $11::text [], $12::text [], $13::int []
    ) as a (
        endpoint_id, delivery_id, round, state, next_attempt_at, duration_ms, url, address,
        status_code, error, response_body, retry_after_seconds
    )
    inner join locked as l on a.endpoint_id = l.endpoint_id
), moved as (
    update webhook_delivery as d
    set
        attempts = d.attempts + 1,
        tries = case when d.round = t.round then d.tries + 1 else d.tries end,
        last_status = t.status_code,
        last_error = t.error,
        state = case when d.round = t.round and d.state <> 'canceled' then t.state else d.state end,
        next_attempt_at = case when d.round = t.round and d.state <> 'canceled' then t.next_attempt_at else d.next_attempt_at end,
        settled_at = case
            when d.round <> t.round or d.state = 'canceled' then d.settled_at
            when t.state in ('delivered', 'failed') then $14::timestamptz
        end
    from tried as t
    where d.endpoint_id = t.endpoint_id and d.delivery_id = t.delivery_id
    returning d.endpoint_id, d.delivery_id, d.attempts, t.round, t.duration_ms, t.url, t.address, t.status_code, t.error,
    t.response_body, t.retry_after_seconds
), noted as (
    insert into webhook_attempt (
        endpoint_id, delivery_id, attempt_no, round, started_at, duration_ms, url, address, status_code, error,
        response_body, retry_after_seconds
    )
    select
        endpoint_id,
        delivery_id,
        attempts,
        round,
        $14,
        duration_ms,
        url,
        address,
        status_code,
        error,
        response_body,
        retry_after_seconds
    from moved
), health as (
    select
        h.endpoint_id,
        case when h.succeeded then h.failures else e.failures + h.failures end as failures,
        case
            when h.failures = 0 and h.succeeded then null
            when h.succeeded then $14::timestamptz
            else coalesce(e.failing_since, case when h.failures > 0 then $14::timestamptz end)
        end as failing_since,
        case when h.quiet_seconds > 0 then $14::timestamptz + make_interval(secs => h.quiet_seconds) end as quiet_until,
        h.gone
    from unnest($15::uuid [], $16::boolean [], $17::int [], $18::int [], $19::boolean [])
        as h (endpoint_id, succeeded, failures, quiet_seconds, gone)
    inner join webhook_endpoint as e on h.endpoint_id = e.endpoint_id
    inner join locked as l on h.endpoint_id = l.endpoint_id
), judged as (
    select
        h.*,
        case
            when l.state <> 'active' then null
            when h.gone then 'It answered 410 Gone: it wants nothing more.'
            when h.failures >= $20::int and h.failing_since <= $14::timestamptz - $21::interval
                then h.failures || ' calls in a row failed since ' || to_char(h.failing_since, 'YYYY-MM-DD HH24:MI') || ' UTC.'
        end as pause_reason
    from health as h
    inner join locked as l on h.endpoint_id = l.endpoint_id
), kept as (
    update webhook_endpoint as e
    set
        failures = j.failures,
        failing_since = j.failing_since,
        quiet_until = j.quiet_until,
        state = case when j.pause_reason is null then e.state else 'paused' end,
        reason = coalesce(j.pause_reason, e.reason),
        version = case when j.pause_reason is null then e.version else e.version + 1 end
    from judged as j
    where e.endpoint_id = j.endpoint_id
    returning e.endpoint_id, e.url, e.version, j.pause_reason
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'webhook.paused.v1',
        endpoint_id,
        version,
        $14,
        jsonb_build_object('endpoint_id', endpoint_id, 'url', url, 'reason', pause_reason, 'by', 'job:webhooks')
    from kept
    where pause_reason is not null
)
select
    endpoint_id,
    url,
    pause_reason
from kept
where pause_reason is not null
order by endpoint_id
