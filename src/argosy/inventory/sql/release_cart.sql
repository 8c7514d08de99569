-- Give a cart's reserved units back to what is free; how many rows it held.
with gone as (
    delete from reservation
    where owner_id = $1 and owner_kind = 'cart' and expires_at > $2
    returning sku_id, location_id, quantity
), freed as (
    select
        sku_id,
        location_id,
        sum(quantity)::int as quantity
    from gone
    group by sku_id, location_id
), locked as (
    select
        b.sku_id,
        b.location_id,
        f.quantity
    from stock_balance as b
    inner join freed as f on b.sku_id = f.sku_id and b.location_id = f.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), moved as (
    update stock_balance as b
    set reserved = b.reserved - l.quantity, version = b.version + 1, changed_at = $2
    from locked as l
    where b.sku_id = l.sku_id and b.location_id = l.location_id
), recorded as (
    insert into stock_movement (sku_id, location_id, kind, reserved_delta, cause_kind, cause_id, made_by, made_at)
    select
        sku_id,
        location_id,
        'released',
        -quantity,
        'cart',
        $1,
        $3,
        $2
    from locked
)
select count(*)::int from gone
