-- Set what is on hand as of a time, newer movements kept; a place counted later is left alone, and no less is left than is promised.
with asked as materialized (
    select *
    from unnest($1::uuid [], $2::uuid [], $3::int [], $4::timestamptz [], $5::uuid [], $6::text []) with ordinality
    as a (sku_id, location_id, quantity, as_of, cause_id, reason, row_no)
), known as materialized (  -- What the books held at that time; balance and movements are of one snapshot.
    select
        a.*,
        b.sku_id is not null as is_held,
        a.quantity - (coalesce(b.on_hand, 0) - coalesce(newer.units, 0)) as delta
    from asked as a
    left join stock_balance as b on a.sku_id = b.sku_id and a.location_id = b.location_id
    left join lateral (
        select sum(m.on_hand_delta) as units
        from stock_movement as m
        where m.sku_id = a.sku_id and m.location_id = a.location_id and m.made_at > a.as_of
    ) as newer on true
), locked as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select
        b.sku_id,
        b.location_id,
        k.row_no,
        k.cause_id,
        k.as_of,
        k.reason,
        b.allocated,
        b.reserved,
        b.on_hand,
        b.allocated + b.reserved as promised,
        coalesce(b.counted_as_of > k.as_of, false) as is_stale,
        greatest(0, b.allocated + b.reserved - b.on_hand - k.delta) as short_by,
        least(greatest(k.delta, b.allocated + b.reserved - b.on_hand), 2000000000 - b.on_hand)::int as delta
    from stock_balance as b
    inner join known as k on b.sku_id = k.sku_id and b.location_id = k.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), moved as (  -- To what the locked rows say: the check sees the row of the snapshot first, which may be older.
    update stock_balance as b
    set
        on_hand = l.on_hand + l.delta,
        allocated = l.allocated,
        reserved = l.reserved,
        counted_as_of = l.as_of,
        version = b.version + 1,
        changed_at = $9
    from locked as l
    where b.sku_id = l.sku_id and b.location_id = l.location_id and not l.is_stale
    returning b.sku_id, b.location_id, b.on_hand, b.version
), created as (  -- A row that somebody makes at this moment is missing from the answer, and asked for again.
    insert into stock_balance (sku_id, location_id, on_hand, counted_as_of, changed_at)
    select
        sku_id,
        location_id,
        least(greatest(delta, 0), 2000000000),
        as_of,
        $9
    from known
    where not is_held
    order by sku_id, location_id
    on conflict (sku_id, location_id) do nothing
    returning sku_id, location_id, on_hand, version
), settled as materialized (
    select
        l.row_no,
        l.sku_id,
        l.location_id,
        l.cause_id,
        l.as_of,
        l.reason,
        l.promised,
        l.is_stale,
        m.on_hand,
        m.version,
        case when l.is_stale then 0 else l.delta end as delta,
        case when l.is_stale then 0 else l.short_by end as short_by
    from locked as l
    left join moved as m on l.sku_id = m.sku_id and l.location_id = m.location_id
    union all
    select
        k.row_no,
        k.sku_id,
        k.location_id,
        k.cause_id,
        k.as_of,
        k.reason,
        0,
        false,
        c.on_hand,
        c.version,
        c.on_hand,
        0
    from known as k
    inner join created as c on k.sku_id = c.sku_id and k.location_id = c.location_id
), recorded as (
    insert into stock_movement (
        sku_id, location_id, kind, on_hand_delta, cause_kind, cause_id, reason, made_by, made_at
    )
    select
        sku_id,
        location_id,
        'counted',
        delta,
        $7,
        cause_id,
        reason,
        $8,
        as_of
    from settled
    where delta <> 0
), counted as (  -- A count tells of each place by itself.
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'stock.counted.v1',
        sku_id,
        version,
        $9,
        jsonb_build_object(
            'sku_id', sku_id, 'location_id', location_id, 'difference', delta, 'on_hand', on_hand,
            'as_of', as_of, 'short_by', short_by, 'reason', reason, 'by', $8::text
        )
    from settled
    where $7 = 'count' and not is_stale
), fed as (  -- A feed tells of all that it changed at once.
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        'stock.fed.v1',
        location_id,
        0,
        $9,
        jsonb_build_object(
            'location_id', location_id, 'feed_id', cause_id, 'as_of', max(as_of), 'by', $8::text,
            'changed', jsonb_agg(jsonb_build_array(sku_id, delta, on_hand))
        )
    from settled
    where $7 = 'feed' and delta <> 0
    group by location_id, cause_id
)
select
    cause_id,
    count(*)::int as settled,
    (count(*) filter (where delta <> 0))::int as changed,
    (count(*) filter (where is_stale))::int as stale,
    jsonb_agg(jsonb_build_array(row_no, is_stale, on_hand, delta, promised, short_by) order by row_no)
    filter (where $7 = 'count' or short_by > 0) as told
from settled
group by cause_id
