-- The lines of orders with their counters and worth; a kit with what one unit of it consisted of.
select
    l.order_id,
    l.line_no,
    l.group_no,
    l.title,
    l.kind,
    l.sku_id,
    l.ordered,
    l.canceled,
    l.allocated,
    l.fulfilled,
    l.total_minor,
    l.canceled_minor,
    case
        when l.is_kit
            then (
                select jsonb_agg(jsonb_build_array(c.sku_id, c.per_unit) order by c.sku_id)
                from order_line_component as c
                where c.order_id = l.order_id and c.line_no = l.line_no
            )
    end as parts
from order_line as l
where l.order_id = any($1::uuid [])
order by l.order_id, l.line_no
