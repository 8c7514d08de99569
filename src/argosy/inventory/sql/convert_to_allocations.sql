-- Turn reservations into allocations, moving between locations where decided; an order that no longer has all it needs is left as it was and returned.
with asked as materialized (
    select * from unnest(
        $1::uuid [], $2::uuid [], $3::int [], $4::uuid [], $5::uuid [], $6::uuid [], $7::int [], $8::int []
    ) with ordinality as a (
        sku_id, order_id, order_line_no, from_location, to_location, fulfillment_order_id, line_no, quantity, row_no
    )
), touched as (
    select
        sku_id,
        to_location as location_id
    from asked
    union
    select
        sku_id,
        from_location
    from asked
    where from_location is not null
), locked as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select
        b.sku_id,
        b.location_id,
        b.on_hand,
        b.allocated,
        b.reserved,
        b.on_hand - b.allocated - b.reserved as free
    from stock_balance as b
    inner join touched as t on b.sku_id = t.sku_id and b.location_id = t.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), taking as (
    select
        a.order_id,
        sum(a.quantity) over (
            partition by a.sku_id, a.to_location
            order by a.row_no
        ) as units,
        coalesce(l.free, 0) as free
    from asked as a
    left join locked as l on a.sku_id = l.sku_id and a.to_location = l.location_id
    where a.from_location is distinct from a.to_location
), wanted as (
    select
        sku_id,
        order_id,
        order_line_no,
        from_location,
        sum(quantity)::int as quantity
    from asked
    where from_location is not null
    group by sku_id, order_id, order_line_no, from_location
), held as materialized (
    select
        r.sku_id,
        r.owner_id,
        r.line_no,
        r.location_id,
        r.quantity,
        w.quantity as wanted
    from reservation as r
    inner join wanted as w
        on
            r.sku_id = w.sku_id
            and r.owner_id = w.order_id
            and r.line_no = w.order_line_no
            and r.location_id = w.from_location
    order by r.sku_id, r.owner_id, r.line_no, r.location_id
    for update of r
), failed as materialized (
    select order_id  -- What comes from free stock or from elsewhere must be free here: first come, first served.
    from taking
    where units > free
    union
    select w.order_id
    from wanted as w
    left join held as h
        on
            w.sku_id = h.sku_id
            and w.order_id = h.owner_id
            and w.order_line_no = h.line_no
            and w.from_location = h.location_id
    where coalesce(h.quantity, 0) < w.quantity
), kept as materialized (
    select a.*
    from asked as a
    where not exists (select 1 from failed as f where f.order_id = a.order_id)
), movements as materialized (
    select
        sku_id,
        to_location as location_id,
        'allocated' as kind,
        quantity as allocated_delta,
        case when from_location = to_location then -quantity else 0 end as reserved_delta,
        fulfillment_order_id
    from kept
    union all
    select
        sku_id,
        from_location,
        'released',
        0,
        -quantity,
        fulfillment_order_id
    from kept
    where from_location <> to_location
), moved as (  -- To what the locked rows say: the check sees the row of the snapshot first, which may be older.
    update stock_balance as b
    set
        on_hand = l.on_hand,
        allocated = l.allocated + m.allocated,
        reserved = l.reserved + m.reserved,
        version = b.version + 1,
        changed_at = $9
    from (
        select
            sku_id,
            location_id,
            sum(allocated_delta)::int as allocated,
            sum(reserved_delta)::int as reserved
        from movements
        group by sku_id, location_id
    ) as m
    inner join locked as l on m.sku_id = l.sku_id and m.location_id = l.location_id
    where b.sku_id = m.sku_id and b.location_id = m.location_id
), recorded as (
    insert into stock_movement (
        sku_id, location_id, kind, allocated_delta, reserved_delta, cause_kind, cause_id, made_by, made_at
    )
    select
        sku_id,
        location_id,
        kind,
        sum(allocated_delta)::int,
        sum(reserved_delta)::int,
        'fulfillment_order',
        fulfillment_order_id,
        $10,
        $9
    from movements
    group by sku_id, location_id, kind, fulfillment_order_id
), used as (
    delete from reservation as r
    using held as h
    where
        r.sku_id = h.sku_id
        and r.owner_id = h.owner_id
        and r.line_no = h.line_no
        and r.location_id = h.location_id
        and h.quantity = h.wanted
        and not exists (select 1 from failed as f where f.order_id = h.owner_id)
), lessened as (
    update reservation as r
    set quantity = r.quantity - h.wanted
    from held as h
    where
        r.sku_id = h.sku_id
        and r.owner_id = h.owner_id
        and r.line_no = h.line_no
        and r.location_id = h.location_id
        and h.quantity > h.wanted
        and not exists (select 1 from failed as f where f.order_id = h.owner_id)
), allocations as (
    insert into allocation (sku_id, fulfillment_order_id, line_no, location_id, quantity, made_at)
    select
        sku_id,
        fulfillment_order_id,
        line_no,
        to_location,
        sum(quantity)::int,
        $9
    from kept
    group by sku_id, fulfillment_order_id, line_no, to_location
)
select order_id from failed
