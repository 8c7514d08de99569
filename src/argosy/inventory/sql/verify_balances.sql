-- Each balance is the sum of its movements: on hand, allocated and reserved.
select
    'stock balance is the sum of its movements' as rule,
    coalesce(b.sku_id, m.sku_id)::text || ' at ' || coalesce(b.location_id, m.location_id)::text as subject,
    coalesce(m.on_hand, 0) || ' on hand, ' || coalesce(m.allocated, 0) || ' allocated, '
    || coalesce(m.reserved, 0) || ' reserved' as expected,
    coalesce(b.on_hand, 0) || ' on hand, ' || coalesce(b.allocated, 0) || ' allocated, '
    || coalesce(b.reserved, 0) || ' reserved' as found
from stock_balance as b
full join (
    select
        sku_id,
        location_id,
        sum(on_hand_delta) as on_hand,
        sum(allocated_delta) as allocated,
        sum(reserved_delta) as reserved
    from stock_movement
    group by sku_id, location_id
) as m on b.sku_id = m.sku_id and b.location_id = m.location_id
where
    coalesce(b.on_hand, 0) <> coalesce(m.on_hand, 0)
    or coalesce(b.allocated, 0) <> coalesce(m.allocated, 0)
    or coalesce(b.reserved, 0) <> coalesce(m.reserved, 0)
