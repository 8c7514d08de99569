-- Pause, resume or delete an endpoint that stands in one of the expected states, and announce it; resuming forgets its failures.
with moved as (
    update webhook_endpoint
    set
        state = $2,
        reason = $3,
        failures = case when $2 = 'active' then 0 else failures end,
        failing_since = case when $2 = 'active' then null else failing_since end,
        quiet_until = null,
        changed_at = $4,
        version = version + 1
    where endpoint_id = $1 and state = any($5::text [])
    returning endpoint_id, url, version
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'webhook.paused.v1',
        endpoint_id,
        version,
        $4,
        jsonb_build_object('endpoint_id', endpoint_id, 'url', url, 'reason', $3::text, 'by', $6::text)
    from moved
    where $2 = 'paused'
)
select version from moved
