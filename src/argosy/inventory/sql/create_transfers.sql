-- Open transfers and reserve their units where they lie; a transfer that is short of any unit is not opened, and its short lines returned.
with heads as materialized (
    select *
    from unnest($1::uuid [], $2::uuid [], $3::uuid [], $4::text [], $5::date [])
    as h (transfer_id, from_location_id, to_location_id, reference, expected_on)
), lines as materialized (
    select
        l.transfer_id,
        l.sku_id,
        l.quantity,
        h.from_location_id as location_id
    from unnest($6::uuid [], $7::uuid [], $8::int []) as l (transfer_id, sku_id, quantity)
    inner join heads as h on l.transfer_id = h.transfer_id
), locked as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select
        b.sku_id,
        b.location_id,
        b.on_hand,
        b.allocated,
        b.reserved,
        b.on_hand - b.allocated - b.reserved as free,
        w.quantity
    from stock_balance as b
    inner join (
        select
            sku_id,
            location_id,
            sum(quantity) as quantity
        from lines
        group by sku_id, location_id
    ) as w on b.sku_id = w.sku_id and b.location_id = w.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), short as materialized (
    select
        l.transfer_id,
        l.sku_id,
        coalesce(k.free, 0) as free
    from lines as l
    left join locked as k on l.sku_id = k.sku_id and l.location_id = k.location_id
    where coalesce(k.quantity > k.free, true)
), kept as materialized (
    select l.*
    from lines as l
    where not exists (select 1 from short as s where s.transfer_id = l.transfer_id)
), moved as (  -- To what the locked rows say: the check sees the row of the snapshot first, which may be older.
    update stock_balance as b
    set
        on_hand = l.on_hand,
        allocated = l.allocated,
        reserved = l.reserved + k.quantity,
        version = b.version + 1,
        changed_at = $10
    from (
        select
            sku_id,
            location_id,
            sum(quantity) as quantity
        from kept
        group by sku_id, location_id
    ) as k
    inner join locked as l on k.sku_id = l.sku_id and k.location_id = l.location_id
    where b.sku_id = k.sku_id and b.location_id = k.location_id
), recorded as (
    insert into stock_movement (sku_id, location_id, kind, reserved_delta, cause_kind, cause_id, made_by, made_at)
    select
        sku_id,
        location_id,
        'reserved',
        quantity,
        'transfer',
        transfer_id,
        $9,
        $10
    from kept
), reserved as (
    insert into reservation (sku_id, owner_id, line_no, location_id, quantity, owner_kind, made_at)
    select
        sku_id,
        transfer_id,
        1,
        location_id,
        quantity,
        'transfer',
        $10
    from kept
), opened as (
    insert into stock_transfer (
        transfer_id, from_location_id, to_location_id, reference, expected_on, made_by, made_at
    )
    select
        h.*,
        $9,
        $10
    from heads as h
    where exists (select 1 from kept as k where k.transfer_id = h.transfer_id)
), listed as (
    insert into stock_transfer_line (transfer_id, sku_id, quantity)
    select
        transfer_id,
        sku_id,
        quantity
    from kept
)
select
    transfer_id,
    sku_id,
    free
from short
