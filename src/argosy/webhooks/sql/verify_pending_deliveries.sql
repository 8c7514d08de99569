-- A pending delivery has a job of its round that is not over without having settled it.
select
    'pending webhook deliveries have a job' as rule,
    d.delivery_id::text as subject,
    'a job of round ' || d.round as expected,
    coalesce(j.state, 'none') as found
from webhook_delivery as d
left join job as j
    on
        get_byte(uuid_send(d.delivery_id), 15) % 16 = j.bucket
        and j.kind = 'webhooks.deliver'
        and j.key = d.delivery_id || '/' || d.round
where d.state = 'pending' and (j.state is null or j.state in ('done', 'canceled'))
