-- The allocated units of an order line are what its fulfillment orders have still to send (kits count as kits).
with per_order as (
    select
        order_id,
        fulfillment_order_id,
        order_line_no,
        min((quantity - short - canceled) / per_unit) - min(shipped / per_unit) as units
    from fulfillment_order_line
    group by order_id, fulfillment_order_id, order_line_no
), per_line as (
    select
        order_id,
        order_line_no as line_no,
        sum(units)::int as units
    from per_order
    group by order_id, order_line_no
)
select
    'allocated units are open fulfillment units' as rule,
    l.order_id::text || ' line ' || l.line_no::text as subject,
    coalesce(p.units, 0)::text as expected,
    l.allocated::text as found
from order_line as l
left join per_line as p on l.order_id = p.order_id and l.line_no = p.line_no
where l.allocated <> coalesce(p.units, 0)
