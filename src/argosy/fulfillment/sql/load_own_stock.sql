-- What is reserved for some orders, by place, and what they still wait for (no place).
select
    owner_id as order_id,
    line_no,
    sku_id,
    location_id,
    quantity
from reservation
where owner_id = any($1::uuid [])
union all
select
    owner_id as order_id,
    line_no,
    sku_id,
    null as location_id,
    quantity
from backorder
where owner_id = any($1::uuid [])
