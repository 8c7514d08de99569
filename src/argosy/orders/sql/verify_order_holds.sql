-- The hold counts of orders and groups are the holds that nobody has released.
with active as (
    select
        order_id,
        count(*)::int as holds,
        count(group_no)::int as group_holds
    from order_hold
    where released_at is null
    group by order_id
), active_of_group as (
    select
        order_id,
        group_no,
        count(*)::int as holds
    from order_hold
    where released_at is null and group_no is not null
    group by order_id, group_no
)
select
    'hold counts of an order are its active holds' as rule,
    o.order_id::text as subject,
    coalesce(a.holds, 0)::text || ', ' || coalesce(a.group_holds, 0)::text || ' of groups' as expected,
    o.active_holds::text || ', ' || o.group_holds::text || ' of groups' as found
from orders as o
left join active as a on o.order_id = a.order_id
where (o.active_holds, o.group_holds) <> (coalesce(a.holds, 0), coalesce(a.group_holds, 0))
union all
select
    'hold counts of a group are its active holds' as rule,
    g.order_id::text || ' group ' || g.group_no::text as subject,
    coalesce(a.holds, 0)::text as expected,
    g.active_holds::text as found
from delivery_group as g
left join active_of_group as a on g.order_id = a.order_id and g.group_no = a.group_no
where g.active_holds <> coalesce(a.holds, 0)
