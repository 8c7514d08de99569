-- Every order is found by its number and by its channel's external id, and every key finds its order.
select
    'an order has its keys' as rule,
    o.order_id::text as subject,
    w.scope || ' ' || w.key as expected,
    coalesce(k.order_id::text, 'nothing') as found
from orders as o
cross join lateral (
    values ('number', o.order_number), ('channel:' || o.channel_id::text, o.external_id)
) as w (scope, key)
left join order_key as k on w.scope = k.scope and w.key = k.key
where k.order_id is distinct from o.order_id
union all
select
    'a key names an order' as rule,
    k.scope || ' ' || k.key as subject,
    k.order_id::text as expected,
    'no such order' as found
from order_key as k
left join orders as o on k.order_id = o.order_id
where o.order_id is null
