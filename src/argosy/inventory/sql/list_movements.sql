-- Movements of one SKU, at some locations or all, newest first: the newest of each place, then the newest of them.
select
    m.movement_id,
    m.sku_id,
    m.location_id,
    m.kind,
    m.on_hand_delta,
    m.allocated_delta,
    m.reserved_delta,
    m.cause_kind,
    m.cause_id,
    m.reason,
    m.made_by,
    m.made_at
from stock_balance as b
cross join lateral (
    select *
    from stock_movement as n
    where
        n.sku_id = b.sku_id
        and n.location_id = b.location_id
        and ($3::timestamptz is null or (n.made_at, n.movement_id) < ($3, $4::uuid))
    order by n.made_at desc, n.movement_id desc
    limit $5
) as m
where b.sku_id = $1 and ($2::uuid [] is null or b.location_id = any($2))
order by m.made_at desc, m.movement_id desc
limit $5
