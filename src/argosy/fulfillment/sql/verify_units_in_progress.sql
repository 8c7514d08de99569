-- The units in progress of an order are the open units of fulfillment orders that were accepted.
with per_line as (
    select
        l.order_id,
        l.fulfillment_order_id,
        l.order_line_no,
        min((l.quantity - l.short - l.canceled) / l.per_unit) - min(l.shipped / l.per_unit) as units
    from fulfillment_order_line as l
    inner join fulfillment_order as f
        on l.order_id = f.order_id and l.fulfillment_order_id = f.fulfillment_order_id
    where f.state <> 'open'
    group by l.order_id, l.fulfillment_order_id, l.order_line_no
), per_order as (
    select
        order_id,
        sum(units)::int as units
    from per_line
    group by order_id
)
select
    'units in progress are open units of accepted work' as rule,
    o.order_id::text as subject,
    coalesce(p.units, 0)::text as expected,
    o.units_in_progress::text as found
from orders as o
left join per_order as p on o.order_id = p.order_id
where o.units_in_progress <> coalesce(p.units, 0)
