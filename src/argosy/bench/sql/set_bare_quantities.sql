-- The baseline of the feed: set quantities at one location, and record each as a count.
with given as (
    select * from unnest($1::uuid [], $2::int []) as g (sku_id, quantity)
), locked as (
    select
        b.sku_id,
        b.on_hand,
        g.quantity
    from stock_balance as b
    inner join given as g on b.sku_id = g.sku_id
    where b.location_id = $3
    order by b.sku_id
    for no key update of b
), moved as (
    update stock_balance as b
    set on_hand = l.quantity, counted_as_of = $4, version = b.version + 1, changed_at = $4
    from locked as l
    where b.sku_id = l.sku_id and b.location_id = $3
)
insert into stock_movement (sku_id, location_id, kind, on_hand_delta, cause_kind, made_by, made_at)
select
    sku_id,
    $3,
    'counted',
    quantity - on_hand,
    'feed',
    'bench',
    $4
from locked
where quantity <> on_hand
