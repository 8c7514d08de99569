-- A hold for each generated order that is held.
insert into order_hold (order_id, hold_id, kind, reason, placed_by, placed_at)
select
    order_id,
    order_id,
    'fraud',
    'The address is new.',
    'system:bench',
    placed_at
from generated_order
where stage = 'held'
order by n
