-- Deliveries are held only for an endpoint that is paused.
select
    'webhook deliveries are held by a pause only' as rule,
    d.delivery_id::text as subject,
    'paused' as expected,
    e.state as found
from webhook_delivery as d
inner join webhook_endpoint as e on d.endpoint_id = e.endpoint_id
where d.state = 'held' and e.state <> 'paused'
