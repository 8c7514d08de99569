-- Change what is on hand by differences; rows of one SKU and place are done together, or refused when less would be left than is promised.
with asked as materialized (
    select *
    from unnest($1::uuid [], $2::uuid [], $3::int [], $4::text [], $5::uuid []) with ordinality
    as a (sku_id, location_id, delta, reason, cause_id, row_no)
), wanted as materialized (
    select
        sku_id,
        location_id,
        sum(delta) as delta
    from asked
    group by sku_id, location_id
), locked as materialized (  -- In one order for everybody, so that two batches never deadlock.
    select
        b.sku_id,
        b.location_id,
        b.on_hand,
        b.allocated,
        b.reserved,
        b.allocated + b.reserved as promised,
        w.delta
    from stock_balance as b
    inner join wanted as w on b.sku_id = w.sku_id and b.location_id = w.location_id
    order by b.sku_id, b.location_id
    for no key update of b
), moved as (  -- To what the locked rows say: the check sees the row of the snapshot first, which may be older.
    update stock_balance as b
    set
        on_hand = l.on_hand + l.delta,
        allocated = l.allocated,
        reserved = l.reserved,
        version = b.version + 1,
        changed_at = $9
    from locked as l
    where
        b.sku_id = l.sku_id
        and b.location_id = l.location_id
        and l.on_hand + l.delta between l.promised and 2000000000
    returning b.sku_id, b.location_id, b.on_hand, b.version
), created as (  -- The first stock of a SKU at a place; somebody else may be making the same row.
    insert into stock_balance as b (sku_id, location_id, on_hand, changed_at)
    select
        w.sku_id,
        w.location_id,
        w.delta,
        $9
    from wanted as w
    where
        w.delta between 0 and 2000000000
        and not exists (select 1 from locked as l where l.sku_id = w.sku_id and l.location_id = w.location_id)
    order by w.sku_id, w.location_id
    on conflict (sku_id, location_id) do update
    set on_hand = b.on_hand + excluded.on_hand, version = b.version + 1, changed_at = $9
    where b.on_hand::bigint + excluded.on_hand <= 2000000000
    returning b.sku_id, b.location_id, b.on_hand, b.version
), done as materialized (
    select * from moved
    union all
    select * from created
), recorded as (
    insert into stock_movement (
        sku_id, location_id, kind, on_hand_delta, cause_kind, cause_id, reason, made_by, made_at
    )
    select
        a.sku_id,
        a.location_id,
        $6,
        a.delta,
        $7,
        a.cause_id,
        a.reason,
        $8,
        $9
    from asked as a
    inner join done as d on a.sku_id = d.sku_id and a.location_id = d.location_id
), announced as (
    insert into event (name, subject_id, subject_version, occurred_at, body)
    select
        case $6 when 'adjusted' then 'stock.adjusted.v1' else 'stock.received.v1' end,
        a.sku_id,
        d.version,
        $9,
        jsonb_build_object(
            'sku_id', a.sku_id, 'location_id', a.location_id, 'quantity', a.delta, 'on_hand', d.on_hand,
            'reason', a.reason, 'by', $8::text
        )
        || case $6 when 'adjusted' then '{}' else '{"source": "return"}' end::jsonb
    from asked as a
    inner join done as d on a.sku_id = d.sku_id and a.location_id = d.location_id
)
select
    d.sku_id is not null as is_done,
    coalesce(d.on_hand, l.on_hand, 0) as on_hand,
    coalesce(l.promised, 0) as promised,
    coalesce(w.delta, 0)::bigint as delta
from asked as a
inner join wanted as w on a.sku_id = w.sku_id and a.location_id = w.location_id
left join locked as l on a.sku_id = l.sku_id and a.location_id = l.location_id
left join done as d on a.sku_id = d.sku_id and a.location_id = d.location_id
order by a.row_no
