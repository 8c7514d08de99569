-- Set the unit counters of orders to the sums over their lines.
update orders as o
set
    units_ordered = s.ordered,
    units_canceled = s.canceled,
    units_allocated = s.allocated,
    units_in_progress = least(o.units_in_progress, s.allocated),
    units_fulfilled = s.fulfilled,
    units_delivered = s.delivered,
    units_return_requested = s.return_requested,
    units_returned = s.returned,
    units_backordered = least(o.units_backordered, s.ordered),
    version = o.version + 1
from (
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
) as s
where
    o.order_id = s.order_id
    and (
        o.units_ordered, o.units_canceled, o.units_allocated, o.units_fulfilled, o.units_delivered,
        o.units_return_requested, o.units_returned
    ) <> (s.ordered, s.canceled, s.allocated, s.fulfilled, s.delivered, s.return_requested, s.returned)
