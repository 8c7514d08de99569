-- What a replay of a range of positions would queue; nothing is changed.
select
    count(*) filter (where d.delivery_id is null) as first_sent,
    count(*) filter (where d.delivery_id is not null and ($4::boolean or d.state in ('failed', 'canceled'))) as sent_again
from event as v
inner join webhook_endpoint as e on v.name like any(e.patterns) and (e.channel_ids is null or v.channel_id = any(e.channel_ids))
left join webhook_delivery as d on e.endpoint_id = d.endpoint_id and v.event_id = d.event_id
where e.endpoint_id = $1 and v.position between $2 and $3
