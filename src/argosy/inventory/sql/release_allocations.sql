-- Take allocated units back: to the reservation of their order at the same location, or to what is free.
with asked as materialized (
    select * from unnest($1::uuid [], $2::uuid [], $3::int [], $4::int [], $5::uuid [], $6::int [], $7::boolean [])
    as a (sku_id, fulfillment_order_id, line_no, quantity, order_id, order_line_no, to_reservation)
), wanted as (
    select
        sku_id,
        fulfillment_order_id,
        line_no,
        sum(quantity)::int as quantity
    from asked
    group by sku_id, fulfillment_order_id, line_no
), rows_taken as materialized (  -- Locked before they are believed: a second release finds what the first left.
    select
        l.sku_id,
        l.fulfillment_order_id,
        l.line_no,
        l.location_id,
        l.quantity as allocated,
        w.quantity
    from allocation as l
    inner join wanted as w
        on
            l.sku_id = w.sku_id
            and l.fulfillment_order_id = w.fulfillment_order_id
            and l.line_no = w.line_no
    order by l.sku_id, l.fulfillment_order_id, l.line_no
    for update of l
), parts as materialized (
    select
        a.*,
        r.location_id
    from asked as a
    inner join rows_taken as r
        on
            a.sku_id = r.sku_id
            and a.fulfillment_order_id = r.fulfillment_order_id
            and a.line_no = r.line_no
), locked as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select
        b.sku_id,
        b.location_id,
        p.quantity,
        p.reserved
    from stock_balance as b
    inner join (
        select
            sku_id,
            location_id,
            sum(quantity)::int as quantity,
            coalesce(sum(quantity) filter (where to_reservation), 0)::int as reserved
        from parts
        group by sku_id, location_id
    ) as p on b.sku_id = p.sku_id and b.location_id = p.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), moved as (
    update stock_balance as b
    set
        allocated = b.allocated - l.quantity,
        reserved = b.reserved + l.reserved,
        version = b.version + 1,
        changed_at = $8
    from locked as l
    where b.sku_id = l.sku_id and b.location_id = l.location_id
), recorded as (
    insert into stock_movement (
        sku_id, location_id, kind, allocated_delta, reserved_delta, cause_kind, cause_id, made_by, made_at
    )
    select
        sku_id,
        location_id,
        'released',
        -quantity,
        case when to_reservation then quantity else 0 end,
        'fulfillment_order',
        fulfillment_order_id,
        $9,
        $8
    from parts
), ended as (
    delete from allocation as l
    using rows_taken as r
    where
        l.sku_id = r.sku_id
        and l.fulfillment_order_id = r.fulfillment_order_id
        and l.line_no = r.line_no
        and r.quantity = r.allocated
), lessened as (  -- More than was allocated is refused by the row.
    update allocation as l
    set quantity = l.quantity - r.quantity
    from rows_taken as r
    where
        l.sku_id = r.sku_id
        and l.fulfillment_order_id = r.fulfillment_order_id
        and l.line_no = r.line_no
        and r.quantity <> r.allocated
), reserved as (
    insert into reservation as r (
        sku_id, owner_id, line_no, location_id, quantity, owner_kind, made_at
    )
    select
        sku_id,
        order_id,
        order_line_no,
        location_id,
        sum(quantity)::int,
        'order',
        $8
    from parts
    where to_reservation
    group by sku_id, order_id, order_line_no, location_id
    on conflict (sku_id, owner_id, line_no, location_id) do update
    set quantity = r.quantity + excluded.quantity
)
select coalesce(sum(quantity), 0)::int from parts
