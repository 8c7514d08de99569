-- Balances by SKU, by location or all, one page in order of the key, with what is in transit and expected.
select
    b.sku_id,
    k.code as sku,
    b.location_id,
    b.on_hand,
    b.allocated,
    b.reserved,
    b.safety_stock,
    greatest(0, b.on_hand - b.allocated - b.reserved - b.safety_stock) as atp,
    i.incoming,
    i.in_transit,
    b.counted_as_of,
    b.changed_at,
    b.version
from stock_balance as b
inner join sku as k on b.sku_id = k.sku_id
left join lateral (
    select
        coalesce(sum(s.quantity - s.received), 0)::bigint as incoming,
        coalesce(sum(s.quantity - s.received) filter (where s.source_kind = 'transfer'), 0)::bigint as in_transit
    from incoming_stock as s
    where
        s.sku_id = b.sku_id
        and s.location_id = b.location_id
        and s.closed_at is null
        and s.quantity > s.received
) as i on true
where
    ($1::uuid [] is null or b.sku_id = any($1))
    and ($2::uuid [] is null or b.location_id = any($2))
    and ($3::uuid is null or (b.sku_id, b.location_id) > ($3, $4::uuid))
order by b.sku_id, b.location_id
limit $5
