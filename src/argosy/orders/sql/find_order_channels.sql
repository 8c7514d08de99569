-- The channels of some orders, for whoever may see only some channels.
select
    order_id,
    channel_id
from orders
where order_id = any($1::uuid [])
