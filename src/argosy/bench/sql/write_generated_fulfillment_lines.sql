-- The lines of the generated fulfillment orders, as far as they have come.
insert into fulfillment_order_line (
    order_id, fulfillment_order_id, line_no, order_line_no, sku_id, sku_code, quantity, picked, packed, shipped, delivered
)
select
    order_id,
    fulfillment_order_id,
    line_no,
    line_no,
    sku_id,
    sku_code,
    quantity,
    case when stage = 'allocated' then 0 else quantity end,
    case when stage = 'allocated' then 0 else quantity end,
    case when stage = 'allocated' then 0 else quantity end,
    case when stage = 'closed' then quantity else 0 end
from generated_line
where stage in ('allocated', 'shipped', 'closed')
order by n, line_no
