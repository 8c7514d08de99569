-- What the shipments of an order announced is the worth of the units that left, those taken back again included.
with worth as (
    select
        l.order_id,
        sum(div(l.total_minor::numeric * (l.fulfilled + coalesce(c.units, 0)), l.ordered)) as amount
    from order_line as l
    left join unship_credit as c on l.order_id = c.order_id and l.line_no = c.line_no
    where l.fulfilled + coalesce(c.units, 0) > 0
    group by l.order_id
), announced as (
    select
        order_id,
        sum(amount_minor) as amount
    from shipment
    group by order_id
)
select
    'shipments announce the worth of what left' as rule,
    coalesce(w.order_id, a.order_id)::text as subject,
    coalesce(w.amount, 0)::text as expected,
    coalesce(a.amount, 0)::text as found
from worth as w
full join announced as a on w.order_id = a.order_id
where coalesce(w.amount, 0) <> coalesce(a.amount, 0)
