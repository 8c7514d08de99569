-- Orders that somebody thinks of changing, as they stand; nothing is locked.
select
    order_id,
    order_number,
    version,
    lifecycle,
    channel_id,
    currency,
    total_minor,
    canceled_minor,
    buyer ->> 'email' as email
from orders
where order_id = any($1::uuid [])
order by order_id
