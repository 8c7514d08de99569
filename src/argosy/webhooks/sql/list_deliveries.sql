-- A page of deliveries, newest first.
select
    d.delivery_id,
    d.endpoint_id,
    d.event_id,
    d.event_name,
    d.subject_id,
    d.position,
    d.state,
    d.round,
    d.attempts,
    d.created_at,
    d.next_attempt_at,
    d.settled_at,
    d.last_status,
    d.last_error
from webhook_delivery as d
where
    ($1::uuid is null or d.endpoint_id = $1)
    and ($2::text is null or d.state = $2)
    and ($3::text is null or d.event_name = $3)
    and ($4::uuid is null or d.subject_id = $4)
    and ($5::uuid is null or d.delivery_id = $5)
    and ($6::uuid is null or d.delivery_id < $6)
order by d.delivery_id desc
limit $7
