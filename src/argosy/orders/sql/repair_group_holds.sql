-- Set the hold counts of delivery groups to their active holds.
update delivery_group as g
set active_holds = a.holds
from (
    select
        w.order_id,
        w.group_no,
        count(h.hold_id)::int as holds
    from delivery_group as w
    left join order_hold as h on w.order_id = h.order_id and w.group_no = h.group_no and h.released_at is null
    group by w.order_id, w.group_no
) as a
where g.order_id = a.order_id and g.group_no = a.group_no and g.active_holds <> a.holds
