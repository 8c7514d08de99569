-- One fulfillment order for each generated order that a location was given, with its number.
with placed as (
    insert into fulfillment_order (
        order_id, fulfillment_order_id, number, group_no, channel_id, location_id, method_code, kind, state, ship_to,
        load_day, due_at, ship_by, promised_at, created_at, accepted_at, picked_at, packed_at, shipped_at, fulfilled_at
    )
    select
        order_id,
        fulfillment_order_id,
        'F' || order_number,
        1,
        $1,
        location_id,
        'standard',
        'ship',
        case stage when 'closed' then 'fulfilled' when 'shipped' then 'shipped' else 'open' end,
        address,
        load_day,
        placed_at + interval '1 day',
        placed_at + interval '1 day',
        placed_at + interval '4 days',
        placed_at + interval '2 hours',
        case when stage <> 'allocated' then placed_at + interval '3 hours' end,
        case when stage <> 'allocated' then placed_at + interval '3 hours' end,
        case when stage <> 'allocated' then placed_at + interval '3 hours' end,
        case when stage <> 'allocated' then placed_at + interval '3 hours' end,
        case when stage = 'closed' then placed_at + interval '3 days' end
    from generated_order
    where stage in ('allocated', 'shipped', 'closed')
    order by n
), loaded as (
    insert into location_load (location_id, day, assigned, changed_at)
    select
        location_id,
        load_day,
        count(*),
        max(placed_at)
    from generated_order
    where stage in ('allocated', 'shipped', 'closed')
    group by location_id, load_day
)
insert into fulfillment_order_key (number, order_id, fulfillment_order_id)
select
    'F' || order_number,
    order_id,
    fulfillment_order_id
from generated_order
where stage in ('allocated', 'shipped', 'closed')
order by n
