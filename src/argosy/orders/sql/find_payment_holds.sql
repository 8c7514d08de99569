-- Active payment holds of some orders.
select
    order_id,
    hold_id
from order_hold
where order_id = any($1::uuid []) and kind = 'payment' and released_at is null
