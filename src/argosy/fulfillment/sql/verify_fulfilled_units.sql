-- The fulfilled and delivered units of an order line are what its fulfillment orders shipped and delivered.
with per_order as (
    select
        order_id,
        fulfillment_order_id,
        order_line_no,
        min(shipped / per_unit) as shipped,
        min(delivered / per_unit) as delivered
    from fulfillment_order_line
    group by order_id, fulfillment_order_id, order_line_no
), per_line as (
    select
        order_id,
        order_line_no as line_no,
        sum(shipped)::int as shipped,
        sum(delivered)::int as delivered
    from per_order
    group by order_id, order_line_no
)
select
    'fulfilled and delivered units are shipped and delivered ones' as rule,
    l.order_id::text || ' line ' || l.line_no::text as subject,
    coalesce(p.shipped, 0)::text || ' / ' || coalesce(p.delivered, 0)::text as expected,
    l.fulfilled::text || ' / ' || l.delivered::text as found
from order_line as l
left join per_line as p on l.order_id = p.order_id and l.line_no = p.line_no
where l.fulfilled <> coalesce(p.shipped, 0) or l.delivered <> coalesce(p.delivered, 0)
