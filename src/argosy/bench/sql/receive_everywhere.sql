-- Put the same number of units of some SKUs on hand at some locations, as one receipt each.
with received as (
    insert into stock_movement (sku_id, location_id, kind, on_hand_delta, cause_kind, made_by, made_at)
    select
        s.sku_id,
        l.location_id,
        'received',
        $3::int,
        'bench',
        'system',
        $4
    from unnest($1::uuid []) as s (sku_id)
    cross join unnest($2::uuid []) as l (location_id)
)
insert into stock_balance as b (sku_id, location_id, on_hand, changed_at)
select
    s.sku_id,
    l.location_id,
    $3::int,
    $4
from unnest($1::uuid []) as s (sku_id)
cross join unnest($2::uuid []) as l (location_id)
on conflict (sku_id, location_id) do update
set on_hand = b.on_hand + excluded.on_hand, version = b.version + 1, changed_at = $4
