-- Cancel what waits for an endpoint that is deleted.
update webhook_delivery
set state = 'canceled', next_attempt_at = null, settled_at = $2
where endpoint_id = $1 and state in ('pending', 'held')
returning delivery_id
