-- Every order was announced once at its first version, and no event of it is ahead of it.
with told as (
    select
        subject_id as order_id,
        count(*) filter (where name = 'order.placed.v1' and subject_version = 1) as placed,
        max(subject_version) as version
    from event
    where name like 'order.%'
    group by subject_id
)
select
    'an order was announced once' as rule,
    o.order_id::text as subject,
    '1' as expected,
    coalesce(t.placed, 0)::text as found
from orders as o
left join told as t on o.order_id = t.order_id
where coalesce(t.placed, 0) <> 1
union all
select
    'no event is ahead of its order' as rule,
    o.order_id::text as subject,
    'at most ' || o.version::text as expected,
    t.version::text as found
from told as t
inner join orders as o on t.order_id = o.order_id
where t.version > o.version
