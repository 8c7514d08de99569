-- Correct the stock of locations by units that were found missing; they must be free.
with asked as materialized (
    select * from unnest($1::uuid [], $2::uuid [], $3::int [], $4::uuid []) as a (sku_id, location_id, quantity, cause_id)
), locked as materialized (
    select
        b.sku_id,
        b.location_id,
        a.quantity
    from stock_balance as b
    inner join (
        select
            sku_id,
            location_id,
            sum(quantity)::int as quantity
        from asked
        group by sku_id, location_id
    ) as a on b.sku_id = a.sku_id and b.location_id = a.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), moved as (
    update stock_balance as b
    set on_hand = b.on_hand - l.quantity, version = b.version + 1, changed_at = $6
    from locked as l
    where b.sku_id = l.sku_id and b.location_id = l.location_id
    returning b.sku_id, b.location_id, b.version, b.on_hand, l.quantity
), recorded as (
    insert into stock_movement (
        sku_id, location_id, kind, on_hand_delta, cause_kind, cause_id, reason, made_by, made_at
    )
    select
        sku_id,
        location_id,
        'adjusted',
        -quantity,
        'fulfillment_order',
        cause_id,
        $5,
        $7,
        $6
    from asked
)
insert into event (name, subject_id, subject_version, occurred_at, body)
select
    'stock.adjusted.v1',
    sku_id,
    version,
    $6,
    jsonb_build_object(
        'sku_id', sku_id, 'location_id', location_id, 'quantity', -quantity, 'on_hand', on_hand,
        'reason', $5::text, 'by', $7::text
    )
from moved
