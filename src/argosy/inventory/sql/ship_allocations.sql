-- Allocated units leave the building: each shipment consumes its own allocation, at its own location.
with asked as materialized (
    select
        sku_id,
        fulfillment_order_id,
        line_no,
        sum(quantity)::int as quantity
    from unnest($1::uuid [], $2::uuid [], $3::int [], $4::int []) as a (sku_id, fulfillment_order_id, line_no, quantity)
    group by sku_id, fulfillment_order_id, line_no
), parts as materialized (  -- Locked before they are believed: units that left cannot leave again.
    select
        a.*,
        l.location_id,
        l.quantity as allocated
    from allocation as l
    inner join asked as a
        on
            l.sku_id = a.sku_id
            and l.fulfillment_order_id = a.fulfillment_order_id
            and l.line_no = a.line_no
    order by l.sku_id, l.fulfillment_order_id, l.line_no
    for update of l
), locked as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select
        b.sku_id,
        b.location_id,
        p.quantity
    from stock_balance as b
    inner join (
        select
            sku_id,
            location_id,
            sum(quantity)::int as quantity
        from parts
        group by sku_id, location_id
    ) as p on b.sku_id = p.sku_id and b.location_id = p.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), moved as (
    update stock_balance as b
    set
        on_hand = b.on_hand - l.quantity,
        allocated = b.allocated - l.quantity,
        version = b.version + 1,
        changed_at = $5
    from locked as l
    where b.sku_id = l.sku_id and b.location_id = l.location_id
), recorded as (
    insert into stock_movement (
        sku_id, location_id, kind, on_hand_delta, allocated_delta, cause_kind, cause_id, made_by, made_at
    )
    select
        sku_id,
        location_id,
        'shipped',
        -quantity,
        -quantity,
        'fulfillment_order',
        fulfillment_order_id,
        $6,
        $5
    from parts
), ended as (
    delete from allocation as l
    using parts as p
    where
        l.sku_id = p.sku_id
        and l.fulfillment_order_id = p.fulfillment_order_id
        and l.line_no = p.line_no
        and p.quantity = p.allocated
), lessened as (  -- More than was allocated is refused by the row.
    update allocation as l
    set quantity = l.quantity - p.quantity
    from parts as p
    where
        l.sku_id = p.sku_id
        and l.fulfillment_order_id = p.fulfillment_order_id
        and l.line_no = p.line_no
        and p.quantity <> p.allocated
)
select coalesce(sum(quantity), 0)::int from parts
