-- Every line belongs to a delivery group of its order, and every group has lines and a promise.
select
    'a line belongs to a group of its order' as rule,
    l.order_id::text || ' line ' || l.line_no::text as subject,
    'group ' || l.group_no::text as expected,
    'no such group' as found
from order_line as l
left join delivery_group as g on l.order_id = g.order_id and l.group_no = g.group_no
where g.order_id is null
union all
select
    'a group has lines and a promise' as rule,
    g.order_id::text || ' group ' || g.group_no::text as subject,
    'lines and a promise' as expected,
    'one of them is missing' as found
from delivery_group as g
where
    not exists (select 1 from order_line as l where l.order_id = g.order_id and l.group_no = g.group_no)
    or not exists (select 1 from promise as p where p.order_id = g.order_id and p.group_no = g.group_no)
