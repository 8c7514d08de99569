-- The external id and the number of each generated order.
insert into order_key (scope, key, order_id)
select
    'channel:' || $1::uuid::text,
    'generated-' || n,
    order_id
from generated_order
union all
select
    'number',
    order_number,
    order_id
from generated_order
