-- The lifecycle of an order agrees with its times and with what is left to do.
select
    'closed and canceled orders say since when' as rule,
    order_id::text as subject,
    lifecycle as expected,
    concat_ws(', ', 'closed ' || closed_at::text, 'canceled ' || canceled_at::text) as found
from orders
where (lifecycle = 'closed') <> (closed_at is not null) or (lifecycle = 'canceled') <> (canceled_at is not null)
union all
select
    'nothing is left to do for an order that is over' as rule,
    order_id::text as subject,
    'no open units, no holds' as expected,
    (units_ordered - units_canceled - units_fulfilled)::text || ' open units, ' || active_holds::text || ' holds' as found
from orders
where lifecycle <> 'placed' and (units_ordered > units_canceled + units_fulfilled or active_holds > 0)
