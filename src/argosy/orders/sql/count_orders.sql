-- How many orders stand in each of the usual queues, counted no further than a cap.
select
    'placed' as queue,
    (select count(*) from (select 1 from orders where lifecycle = 'placed' limit $1) as q)::int as orders
union all
select
    'held',
    (select count(*) from (select 1 from orders where active_holds > 0 limit $1) as q)::int
union all
select
    'to_route',
    (
        select count(*) from (
            select 1 from delivery_group where routing_state in ('to_route', 'waiting') limit $1
        ) as q
    )::int
union all
select
    status,
    (select count(*) from (select 1 from orders where fulfillment_status = status limit $1) as q)::int
from unnest(array['backordered', 'in_progress', 'partially_fulfilled', 'fulfilled', 'delivered']) as s (status)
