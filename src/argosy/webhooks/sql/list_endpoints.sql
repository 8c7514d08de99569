-- A page of endpoints, newest first, or those that are named; with what waits for each.
select
    e.endpoint_id,
    e.url,
    e.description,
    e.events,
    e.channel_ids,
    e.state,
    e.reason,
    e.from_position,
    e.failures,
    e.failing_since,
    e.quiet_until,
    e.created_by,
    e.created_at,
    e.changed_at,
    e.version,
    w.pending,
    w.held,
    w.failed,
    w.oldest_undelivered_at
from webhook_endpoint as e
cross join lateral (
    select
        count(*) filter (where d.state = 'pending') as pending,
        count(*) filter (where d.state = 'held') as held,
        count(*) filter (where d.state = 'failed') as failed,
        min(d.created_at) filter (where d.state in ('pending', 'held', 'failed')) as oldest_undelivered_at
    from webhook_delivery as d
    where d.endpoint_id = e.endpoint_id and d.state <> 'delivered'
) as w
where
    e.state <> 'deleted'
    and ($1::uuid is null or e.endpoint_id < $1)
    and ($2::uuid is null or e.endpoint_id = $2)
order by e.endpoint_id desc
limit $3
