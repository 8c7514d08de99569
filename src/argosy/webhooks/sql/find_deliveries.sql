-- Deliveries whose turn it is, with their endpoints, events and live secrets; one row for each that was asked for and is there.
select
    a.n::int as n,
    d.endpoint_id,
    d.delivery_id,
    d.round,
    d.state,
    d.tries,
    e.url,
    e.state as endpoint_state,
    e.quiet_until,
    d.event_id,
    d.event_name,
    d.subject_id,
    v.subject_version,
    d.position,
    v.channel_id,
    v.occurred_at,
    v.body::text as body,
    array(
        select s.sealed
        from webhook_secret as s
        where s.endpoint_id = d.endpoint_id and (s.expires_at is null or s.expires_at > $3)
        order by s.secret_id desc
    ) as secrets
from unnest($1::uuid [], $2::uuid []) with ordinality as a (endpoint_id, delivery_id, n)
inner join webhook_delivery as d on a.endpoint_id = d.endpoint_id and a.delivery_id = d.delivery_id
inner join webhook_endpoint as e on d.endpoint_id = e.endpoint_id
inner join event as v on d.subject_id = v.subject_id and d.event_id = v.event_id
