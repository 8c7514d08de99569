-- Transferred units arrive, or are known to be lost; a transfer with nothing left in transit is over.
with lines as materialized (
    select *
    from unnest($1::uuid [], $2::uuid [], $3::uuid [], $4::uuid [], $5::int [], $6::int [])
    as l (transfer_id, sku_id, from_location_id, to_location_id, received, lost)
), expected as materialized (
    select
        i.sku_id,
        i.incoming_id,
        l.received,
        l.lost
    from incoming_stock as i
    inner join lines as l on i.sku_id = l.sku_id and i.source_id = l.transfer_id
    where i.source_kind = 'transfer'
    order by i.sku_id, i.incoming_id
    for update of i
), moved as materialized (  -- The sort keeps one lock order for everybody, so that two batches never deadlock.
    insert into stock_balance as b (sku_id, location_id, on_hand, changed_at)
    select
        sku_id,
        to_location_id,
        sum(received)::int,
        $8
    from lines
    group by sku_id, to_location_id
    order by sku_id, to_location_id
    on conflict (sku_id, location_id) do update
    set on_hand = b.on_hand + excluded.on_hand, version = b.version + 1, changed_at = $8
    returning b.sku_id, b.location_id, b.on_hand, b.version
), recorded as (
    insert into stock_movement (sku_id, location_id, kind, on_hand_delta, cause_kind, cause_id, made_by, made_at)
    select
        sku_id,
        to_location_id,
        'transferred',
        received,
        'transfer',
        transfer_id,
        $7,
        $8
    from lines
    where received > 0
), counted as (
    update stock_transfer_line as t
    set received = t.received + l.received, lost = t.lost + l.lost
    from lines as l
    where t.transfer_id = l.transfer_id and t.sku_id = l.sku_id
), arrived as (
    update incoming_stock as i
    set
        received = i.received + e.received,
        quantity = i.quantity - e.lost,
        closed_at = case when i.received + e.received >= i.quantity - e.lost then $8 end,
        version = i.version + 1
    from expected as e
    where i.sku_id = e.sku_id and i.incoming_id = e.incoming_id and i.quantity > e.lost
), vanished as (  -- Nothing at all arrived.
    update incoming_stock as i
    set closed_at = $8, version = i.version + 1
    from expected as e
    where i.sku_id = e.sku_id and i.incoming_id = e.incoming_id and i.quantity <= e.lost
), advanced as (
    update stock_transfer as t
    set
        version = t.version + 1,
        state = case when o.is_over then 'received' else t.state end,
        closed_at = case when o.is_over then $8 end
    from unnest($9::uuid [], $10::boolean []) as o (transfer_id, is_over)
    where t.transfer_id = o.transfer_id
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'stock.transferred.v1',
        l.sku_id,
        m.version,
        $8,
        jsonb_build_object(
            'sku_id', l.sku_id, 'transfer_id', l.transfer_id, 'step', 'received', 'quantity', l.received, 'lost', l.lost,
            'from_location_id', l.from_location_id, 'to_location_id', l.to_location_id, 'by', $7::text
        )
    from lines as l
    inner join moved as m on l.sku_id = m.sku_id and l.to_location_id = m.location_id
)
select count(*)::int from expected
