-- Promise units beyond stock, within the cap that the backlog row refuses to pass.
with decided as (
    select *
    from unnest($1::uuid [], $2::uuid [], $3::int [], $4::int [], $5::text [], $6::uuid [], $7::timestamptz [])
    as d (sku_id, owner_id, line_no, quantity, kind, channel_id, promised_at)
), wanted as (
    select
        sku_id,
        sum(quantity)::int as quantity
    from decided
    group by sku_id
), locked as (
    select
        l.sku_id,
        w.quantity
    from sku_backlog as l
    inner join wanted as w on l.sku_id = w.sku_id
    order by l.sku_id
    for no key update of l
), moved as (
    update sku_backlog as l
    set units = l.units + k.quantity, changed_at = $8
    from locked as k
    where l.sku_id = k.sku_id and l.units + k.quantity <= l.cap
    returning l.sku_id
), queued as (
    insert into backorder (sku_id, owner_id, line_no, quantity, kind, channel_id, promised_at, queued_at)
    select
        d.sku_id,
        d.owner_id,
        d.line_no,
        d.quantity,
        d.kind,
        d.channel_id,
        d.promised_at,
        $8
    from decided as d
    inner join moved as m on d.sku_id = m.sku_id
)
select
    (select count(*) from wanted)::int as wanted,
    (select count(*) from moved)::int as moved
