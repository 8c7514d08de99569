-- Set the hold counts of orders to their active holds.
update orders as o
set active_holds = a.holds, group_holds = a.group_holds, version = o.version + 1
from (
    select
        w.order_id,
        count(h.hold_id)::int as holds,
        count(h.group_no)::int as group_holds
    from orders as w
    left join order_hold as h on w.order_id = h.order_id and h.released_at is null
    group by w.order_id
) as a
where o.order_id = a.order_id and (o.active_holds, o.group_holds) <> (a.holds, a.group_holds)
