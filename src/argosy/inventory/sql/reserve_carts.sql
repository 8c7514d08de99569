-- Reserve decided units for carts until they expire; a balance that no longer has them is left alone.
with decided as materialized (
    select *
    from unnest($1::uuid [], $2::uuid [], $3::int [], $4::uuid [], $5::int [], $6::uuid [], $7::timestamptz [])
    as d (sku_id, owner_id, line_no, location_id, quantity, channel_id, expires_at)
), wanted as materialized (
    select
        sku_id,
        location_id,
        sum(quantity)::int as quantity
    from decided
    group by sku_id, location_id
), locked as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select
        b.sku_id,
        b.location_id,
        w.quantity
    from stock_balance as b
    inner join wanted as w on b.sku_id = w.sku_id and b.location_id = w.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), moved as (
    update stock_balance as b
    set reserved = b.reserved + l.quantity, version = b.version + 1, changed_at = $9
    from locked as l
    where
        b.sku_id = l.sku_id
        and b.location_id = l.location_id
        and b.on_hand - b.allocated - b.reserved - b.safety_stock >= l.quantity
    returning b.sku_id, b.location_id
), recorded as (
    insert into stock_movement (sku_id, location_id, kind, reserved_delta, cause_kind, cause_id, made_by, made_at)
    select
        d.sku_id,
        d.location_id,
        'reserved',
        sum(d.quantity),
        'cart',
        d.owner_id,
        $8,
        $9
    from decided as d
    inner join moved as m on d.sku_id = m.sku_id and d.location_id = m.location_id
    group by d.sku_id, d.location_id, d.owner_id
), reserved as (
    insert into reservation (
        sku_id, owner_id, line_no, location_id, quantity, owner_kind, channel_id, expires_at, made_at
    )
    select
        d.sku_id,
        d.owner_id,
        d.line_no,
        d.location_id,
        d.quantity,
        'cart',
        d.channel_id,
        d.expires_at,
        $9
    from decided as d
    inner join moved as m on d.sku_id = m.sku_id and d.location_id = m.location_id
)
select
    (select count(*) from wanted)::int as wanted,
    (select count(*) from moved)::int as moved
