-- Take every free unit of a SKU off the shelves.
with free as (
    select
        sku_id,
        location_id,
        on_hand - allocated - reserved as units
    from stock_balance
    where sku_id = $1 and on_hand > allocated + reserved
), gone as (
    update stock_balance as b
    set on_hand = b.on_hand - f.units, version = b.version + 1, changed_at = $2
    from free as f
    where b.sku_id = f.sku_id and b.location_id = f.location_id
)
insert into stock_movement (sku_id, location_id, kind, on_hand_delta, cause_kind, made_by, made_at)
select
    sku_id,
    location_id,
    'adjusted',
    -units,
    'bench',
    'system:bench',
    $2
from free
