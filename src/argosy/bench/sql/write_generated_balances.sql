-- Balances as the movements sum up.
insert into stock_balance (sku_id, location_id, on_hand, allocated, reserved, changed_at)
select
    sku_id,
    location_id,
    sum(on_hand_delta),
    sum(allocated_delta),
    sum(reserved_delta),
    $1
from stock_movement
group by sku_id, location_id
order by sku_id, location_id
