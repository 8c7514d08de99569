-- Hold deliveries whose endpoint turned out to be paused; those that were queued again meanwhile are left alone.
update webhook_delivery as d
set state = 'held', next_attempt_at = null
from unnest($1::uuid [], $2::uuid [], $3::int []) as a (endpoint_id, delivery_id, round)
where d.endpoint_id = a.endpoint_id and d.delivery_id = a.delivery_id and d.round = a.round and d.state = 'pending'
