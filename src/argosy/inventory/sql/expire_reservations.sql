-- Free what carts held too long. The queue of the expired is skipped where somebody works on it; balances are waited for.
with held as materialized (
    select
        sku_id,
        owner_id,
        line_no,
        location_id,
        quantity
    from reservation
    where expires_at <= $1
    order by expires_at
    limit $2
    for update skip locked
), gone as (
    delete from reservation as r
    using held as h
    where
        r.sku_id = h.sku_id
        and r.owner_id = h.owner_id
        and r.line_no = h.line_no
        and r.location_id = h.location_id
), locked as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select
        b.sku_id,
        b.location_id,
        h.quantity
    from stock_balance as b
    inner join (
        select
            sku_id,
            location_id,
            sum(quantity)::int as quantity
        from held
        group by sku_id, location_id
    ) as h on b.sku_id = h.sku_id and b.location_id = h.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), moved as (
    update stock_balance as b
    set reserved = b.reserved - l.quantity, version = b.version + 1, changed_at = $1
    from locked as l
    where b.sku_id = l.sku_id and b.location_id = l.location_id
), recorded as (
    insert into stock_movement (
        sku_id, location_id, kind, reserved_delta, cause_kind, cause_id, reason, made_by, made_at
    )
    select
        sku_id,
        location_id,
        'released',
        -sum(quantity),
        'cart',
        owner_id,
        'expired',
        $3,
        $1
    from held
    group by sku_id, location_id, owner_id
)
select count(*)::int from held
