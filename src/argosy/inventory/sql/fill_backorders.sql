-- Reserve decided units for back-orders, take them out of the queue and its backlog, and tell each order.
with decided as materialized (
    select *
    from unnest($1::uuid [], $2::uuid [], $3::int [], $4::uuid [], $5::int [])
    as d (sku_id, owner_id, line_no, location_id, quantity)
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
    set reserved = b.reserved + l.quantity, version = b.version + 1, changed_at = $7
    from locked as l
    where b.sku_id = l.sku_id and b.location_id = l.location_id
), recorded as (
    insert into stock_movement (
        sku_id, location_id, kind, reserved_delta, cause_kind, cause_id, reason, made_by, made_at
    )
    select
        sku_id,
        location_id,
        'reserved',
        sum(quantity),
        'order',
        owner_id,
        'backorder filled',
        $6,
        $7
    from decided
    group by sku_id, location_id, owner_id
), reserved as (
    insert into reservation as r (sku_id, owner_id, line_no, location_id, quantity, owner_kind, made_at)
    select
        sku_id,
        owner_id,
        line_no,
        location_id,
        quantity,
        'order',
        $7
    from decided
    on conflict (sku_id, owner_id, line_no, location_id) do update
    set quantity = r.quantity + excluded.quantity
), filled as materialized (
    select
        b.sku_id,
        b.owner_id,
        b.line_no,
        b.quantity,
        d.filled
    from backorder as b
    inner join (
        select
            sku_id,
            owner_id,
            line_no,
            sum(quantity)::int as filled
        from decided
        group by sku_id, owner_id, line_no
    ) as d on b.sku_id = d.sku_id and b.owner_id = d.owner_id and b.line_no = d.line_no
    order by b.sku_id, b.owner_id, b.line_no
    for update of b
), ended as (
    delete from backorder as b
    using filled as f
    where
        b.sku_id = f.sku_id
        and b.owner_id = f.owner_id
        and b.line_no = f.line_no
        and f.filled = f.quantity
), lessened as (  -- More than was waited for is refused by the row.
    update backorder as b
    set quantity = b.quantity - f.filled
    from filled as f
    where
        b.sku_id = f.sku_id
        and b.owner_id = f.owner_id
        and b.line_no = f.line_no
        and f.filled <> f.quantity
), backlogs as materialized (
    select
        l.sku_id,
        f.filled
    from sku_backlog as l
    inner join (
        select
            sku_id,
            sum(filled)::int as filled
        from filled
        group by sku_id
    ) as f on l.sku_id = f.sku_id
    order by l.sku_id
    for no key update of l
), lowered as (
    update sku_backlog as l
    set units = l.units - k.filled, changed_at = $7
    from backlogs as k
    where l.sku_id = k.sku_id
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, channel_id, body)
    select
        'stock.backorder_filled.v1',
        o.owner_id,
        0,
        $7,
        o.channel_id,
        jsonb_build_object(
            'order_id', o.owner_id, 'order_units', o.order_units, 'by', $6::text,
            'lines', jsonb_agg(
                jsonb_build_object(
                    'line_no', d.line_no, 'sku_id', d.sku_id, 'location_id', d.location_id, 'quantity', d.quantity
                )
                order by d.line_no, d.sku_id, d.location_id
            )
        )
    from unnest($8::uuid [], $9::int [], $10::uuid []) as o (owner_id, order_units, channel_id)
    inner join decided as d on o.owner_id = d.owner_id
    group by o.owner_id, o.order_units, o.channel_id
)
select coalesce(sum(filled), 0)::int from filled
