-- Set each balance to the sum of its movements, where it differs.
insert into stock_balance as b (sku_id, location_id, on_hand, allocated, reserved)
select
    m.sku_id,
    m.location_id,
    m.on_hand,
    m.allocated,
    m.reserved
from (
    select
        sku_id,
        location_id,
        sum(on_hand_delta)::int as on_hand,
        sum(allocated_delta)::int as allocated,
        sum(reserved_delta)::int as reserved
    from stock_movement
    group by sku_id, location_id
    union all
    select
        n.sku_id,
        n.location_id,
        0,
        0,
        0
    from stock_balance as n
    where
        not exists (
            select 1
            from stock_movement as x
            where x.sku_id = n.sku_id and x.location_id = n.location_id
        )
) as m
order by m.sku_id, m.location_id
on conflict (sku_id, location_id) do update
set
    on_hand = excluded.on_hand,
    allocated = excluded.allocated,
    reserved = excluded.reserved,
    version = b.version + 1,
    changed_at = now()
where (b.on_hand, b.allocated, b.reserved) is distinct from (excluded.on_hand, excluded.allocated, excluded.reserved)
