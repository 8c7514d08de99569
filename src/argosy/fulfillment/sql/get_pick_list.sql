-- A pick list: one row for each SKU of each of its fulfillment orders, in the order of the walk.
select
    p.pick_list_id,
    p.number,
    p.location_id,
    p.made_by,
    p.made_at,
    f.fulfillment_order_id,
    f.number as fulfillment_order_number,
    f.state,
    f.due_at,
    l.line_no,
    l.sku_id,
    l.sku_code,
    s.title,
    s.barcodes,
    s.attributes ->> 'bin' as bin,
    l.quantity - l.short - l.canceled as wanted,
    l.picked
from pick_list as p
left join fulfillment_order as f on p.pick_list_id = f.pick_list_id
left join fulfillment_order_line as l
    on f.order_id = l.order_id and f.fulfillment_order_id = l.fulfillment_order_id
left join sku as s on l.sku_id = s.sku_id
where p.pick_list_id = $1
order by s.attributes ->> 'bin' nulls last, l.sku_code, f.number, l.line_no
