-- How deliveries and their endpoints stand.
select
    d.delivery_id,
    d.state,
    e.state as endpoint_state
from webhook_delivery as d
inner join webhook_endpoint as e on d.endpoint_id = e.endpoint_id
where d.delivery_id = any($1::uuid [])
