-- Transferred units leave: from their reservation at the source into transit; what is not sent is free again.
with lines as materialized (
    select *
    from unnest($1::uuid [], $2::uuid [], $3::uuid [], $4::uuid [], $5::int [], $6::date [], $7::uuid [])
    as l (transfer_id, sku_id, from_location_id, to_location_id, shipped, expected_on, incoming_id)
), held as materialized (
    select
        r.sku_id,
        r.location_id,
        r.quantity as reserved,
        l.transfer_id,
        l.to_location_id,
        l.shipped,
        l.expected_on,
        l.incoming_id
    from reservation as r
    inner join lines as l on r.sku_id = l.sku_id and r.owner_id = l.transfer_id and r.location_id = l.from_location_id
    order by r.sku_id, r.owner_id, r.line_no, r.location_id
    for update of r
), locked as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select
        b.sku_id,
        b.location_id,
        h.shipped,
        h.reserved
    from stock_balance as b
    inner join (
        select
            sku_id,
            location_id,
            sum(shipped)::int as shipped,
            sum(reserved)::int as reserved
        from held
        group by sku_id, location_id
    ) as h on b.sku_id = h.sku_id and b.location_id = h.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), moved as (
    update stock_balance as b
    set
        on_hand = b.on_hand - l.shipped,
        reserved = b.reserved - l.reserved,
        version = b.version + 1,
        changed_at = $9
    from locked as l
    where b.sku_id = l.sku_id and b.location_id = l.location_id
    returning b.sku_id, b.location_id, b.on_hand, b.version
), recorded as (
    insert into stock_movement (
        sku_id, location_id, kind, on_hand_delta, reserved_delta, cause_kind, cause_id, made_by, made_at
    )
    select
        sku_id,
        location_id,
        'transferred',
        -shipped,
        -shipped,
        'transfer',
        transfer_id,
        $8,
        $9
    from held
    where shipped > 0
    union all
    select
        sku_id,
        location_id,
        'released',
        0,
        shipped - reserved,
        'transfer',
        transfer_id,
        $8,
        $9
    from held
    where reserved > shipped
), ended as (
    delete from reservation as r
    using held as h
    where
        r.sku_id = h.sku_id
        and r.owner_id = h.transfer_id
        and r.line_no = 1
        and r.location_id = h.location_id
), sent as (
    update stock_transfer_line as l
    set shipped = h.shipped
    from held as h
    where l.transfer_id = h.transfer_id and l.sku_id = h.sku_id
), expected as (
    insert into incoming_stock (
        sku_id, incoming_id, location_id, quantity, expected_on, source_kind, source_id, made_at
    )
    select
        sku_id,
        incoming_id,
        to_location_id,
        shipped,
        expected_on,
        'transfer',
        transfer_id,
        $9
    from held
    where shipped > 0
), shown as (  -- So that the balance of the destination shows what is in transit to it.
    insert into stock_balance (sku_id, location_id, changed_at)
    select distinct
        sku_id,
        to_location_id,
        $9::timestamptz
    from held
    where shipped > 0
    order by sku_id, to_location_id
    on conflict (sku_id, location_id) do nothing
), advanced as (
    update stock_transfer as t
    set state = 'shipped', shipped_at = $9, version = t.version + 1
    where t.transfer_id in (select transfer_id from held)
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'stock.transferred.v1',
        h.sku_id,
        m.version,
        $9,
        jsonb_build_object(
            'sku_id', h.sku_id, 'transfer_id', h.transfer_id, 'step', 'shipped', 'quantity', h.shipped, 'lost', 0,
            'from_location_id', h.location_id, 'to_location_id', h.to_location_id, 'by', $8::text
        )
    from held as h
    inner join moved as m on h.sku_id = m.sku_id and h.location_id = m.location_id
    where h.shipped > 0
)
select count(*)::int from held
