-- One delivery group and one promise for each generated order; what is not allocated waits far from being routed.
with grouped as (
    insert into delivery_group (
        order_id, group_no, key, method_code, ship_to, country, promised_ship_by, promised_at, routing_state, route_after
    )
    select
        order_id,
        1,
        'g1',
        'standard',
        address,
        'GB',
        placed_at + interval '1 day',
        placed_at + interval '4 days',
        case when stage in ('placed', 'held') then 'to_route' else 'done' end,
        placed_at
    from generated_order
    order by n
)
insert into promise (order_id, group_no, promise_no, ship_by, deliver_by, basis, reason, made_at)
select
    order_id,
    1,
    1,
    placed_at + interval '1 day',
    placed_at + interval '4 days',
    '{"locations": ["L001"]}',
    'placed',
    placed_at
from generated_order
order by n
