-- The delivery groups of some orders.
select
    order_id,
    group_no
from delivery_group
where order_id = any($1::uuid [])
order by order_id, group_no
