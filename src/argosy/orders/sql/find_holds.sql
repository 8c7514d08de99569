-- Holds of some orders, released ones too, and whether the orders exist and are open.
select
    o.order_id,
    o.lifecycle,
    h.hold_id,
    h.kind,
    h.released_at
from orders as o
left join order_hold as h on o.order_id = h.order_id
where o.order_id = any($1::uuid [])
