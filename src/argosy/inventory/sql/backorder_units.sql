-- Promise units beyond stock, within the cap of the SKU, which the backlog row refuses to pass.
with decided as materialized (
    select *
    from unnest($1::uuid [], $2::uuid [], $3::int [], $4::int [], $5::text [], $6::uuid [], $7::timestamptz [], $9::int [], $10::uuid [])
    as d (sku_id, owner_id, line_no, quantity, kind, channel_id, promised_at, per_unit, location_id)
), wanted as materialized (
    select
        d.sku_id,
        k.backorder_cap as cap,
        sum(d.quantity)::int as quantity
    from decided as d
    inner join sku as k on d.sku_id = k.sku_id
    group by d.sku_id, k.backorder_cap
), moved as (  -- The first back-order of a SKU makes its row; the sort keeps one lock order.
    insert into sku_backlog as l (sku_id, units, cap, changed_at)
    select
        sku_id,
        quantity,
        cap,
        $8
    from wanted
    where quantity <= cap
    order by sku_id
    on conflict (sku_id) do update
    set units = l.units + excluded.units, cap = excluded.cap, changed_at = $8
    where l.units + excluded.units <= excluded.cap
    returning sku_id
), queued as (
    insert into backorder (
        sku_id, owner_id, line_no, quantity, kind, channel_id, promised_at, queued_at, per_unit, location_id
    )
    select
        d.sku_id,
        d.owner_id,
        d.line_no,
        d.quantity,
        d.kind,
        d.channel_id,
        d.promised_at,
        $8,
        d.per_unit,
        d.location_id
    from decided as d
    inner join moved as m on d.sku_id = m.sku_id
)
select
    (select count(distinct sku_id) from decided)::int as wanted,
    (select count(*) from moved)::int as moved
