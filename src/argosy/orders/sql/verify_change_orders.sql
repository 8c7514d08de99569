-- Canceled units and their worth are the sums of change orders, and a line keeps the worth of the units that it keeps.
with canceled as (
    select
        l.order_id,
        l.line_no,
        sum(l.quantity)::int as quantity,
        sum(l.value_minor)::bigint as value_minor
    from change_order_line as l
    inner join change_order as c on l.order_id = c.order_id and l.change_order_id = c.change_order_id
    where c.kind = 'cancel'
    group by l.order_id, l.line_no
)
select
    'canceled units are those of change orders' as rule,
    l.order_id::text || ' line ' || l.line_no::text as subject,
    coalesce(c.quantity, 0)::text || ' worth ' || coalesce(c.value_minor, 0)::text as expected,
    l.canceled::text || ' worth ' || l.canceled_minor::text as found
from order_line as l
left join canceled as c on l.order_id = c.order_id and l.line_no = c.line_no
where (l.canceled, l.canceled_minor) is distinct from (coalesce(c.quantity, 0), coalesce(c.value_minor, 0))
union all
select
    'a line keeps the worth of the units that it keeps' as rule,
    l.order_id::text || ' line ' || l.line_no::text as subject,
    div(l.total_minor::numeric * (l.ordered - l.canceled), l.ordered)::text as expected,
    (l.total_minor - l.canceled_minor)::text as found
from order_line as l
where l.canceled > 0 and l.total_minor - l.canceled_minor <> div(l.total_minor::numeric * (l.ordered - l.canceled), l.ordered)
union all
select
    'a change order is the sum of its lines' as rule,
    c.order_id::text as subject,
    coalesce(sum(l.value_minor), 0)::text as expected,
    c.value_minor::text as found
from change_order as c
left join change_order_line as l on c.order_id = l.order_id and c.change_order_id = l.change_order_id
group by c.order_id, c.change_order_id, c.value_minor
having c.value_minor <> coalesce(sum(l.value_minor), 0)
union all
select
    'an order costs less by what its lines do' as rule,
    o.order_id::text as subject,
    coalesce(sum(l.canceled_minor), 0)::text as expected,
    o.canceled_minor::text as found
from orders as o
left join order_line as l on o.order_id = l.order_id
group by o.order_id, o.canceled_minor
having o.canceled_minor <> coalesce(sum(l.canceled_minor), 0)
union all
select
    'an order with nothing left is canceled' as rule,
    o.order_id::text as subject,
    case when o.units_canceled = o.units_ordered then 'canceled' else 'not canceled' end as expected,
    o.lifecycle as found
from orders as o
where (o.units_canceled = o.units_ordered) <> (o.lifecycle = 'canceled')
