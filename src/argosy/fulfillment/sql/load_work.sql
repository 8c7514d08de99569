-- Lines and packages of fulfillment orders, one row each; read after their lock, so that nothing is older than it.
with wanted as (
    select * from unnest($1::uuid [], $2::uuid []) as w (order_id, fulfillment_order_id)
)
select
    l.fulfillment_order_id,
    l.line_no,
    l.order_line_no,
    l.sku_id,
    l.sku_code,
    l.quantity,
    l.per_unit,
    l.picked,
    l.packed,
    l.shipped,
    l.delivered,
    l.short,
    l.canceled,
    o.ordered,
    o.fulfilled,
    o.total_minor,
    coalesce((
        select c.units
        from unship_credit as c
        where c.order_id = l.order_id and c.line_no = l.order_line_no
    ), 0) as credit
from wanted as w
inner join fulfillment_order_line as l
    on w.order_id = l.order_id and w.fulfillment_order_id = l.fulfillment_order_id
inner join order_line as o on l.order_id = o.order_id and l.order_line_no = o.line_no
order by l.fulfillment_order_id, l.line_no
