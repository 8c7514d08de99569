-- The unit counters of an order are the sums over its lines.
with per_order as (
    select
        order_id,
        sum(ordered)::int as ordered,
        sum(canceled)::int as canceled,
        sum(allocated)::int as allocated,
        sum(fulfilled)::int as fulfilled,
        sum(delivered)::int as delivered,
        sum(return_requested)::int as return_requested,
        sum(returned)::int as returned
    from order_line
    group by order_id
)
select
    'order counters are the sums of its lines' as rule,
    o.order_id::text as subject,
    concat_ws('/', s.ordered, s.canceled, s.allocated, s.fulfilled, s.delivered, s.return_requested, s.returned) as expected,
    concat_ws(
        '/', o.units_ordered, o.units_canceled, o.units_allocated, o.units_fulfilled, o.units_delivered,
        o.units_return_requested, o.units_returned
    ) as found
from orders as o
left join per_order as s on o.order_id = s.order_id
where
    (
        o.units_ordered, o.units_canceled, o.units_allocated, o.units_fulfilled, o.units_delivered,
        o.units_return_requested, o.units_returned
    ) is distinct from (s.ordered, s.canceled, s.allocated, s.fulfilled, s.delivered, s.return_requested, s.returned)
