-- Balances of some SKUs at some locations (null: all), with what is expected, thresholds and backlog: one row a SKU.
select
    w.sku_id,
    p.location_ids,
    p.on_hand,
    p.free,
    coalesce(l.units, 0) as backlog_units,
    coalesce(k.backorder_cap, 0) as backlog_cap,
    t.threshold,
    i.days,
    i.places,
    i.quantities
from unnest($1::uuid []) as w (sku_id)
left join lateral (
    select
        array_agg(b.location_id) as location_ids,
        array_agg(b.on_hand) as on_hand,
        array_agg(b.on_hand - b.allocated - b.reserved - b.safety_stock) as free
    from stock_balance as b
    where b.sku_id = w.sku_id and ($2::uuid [] is null or b.location_id = any($2))
) as p on true
left join lateral (
    select
        array_agg(s.expected_on order by s.expected_on, s.incoming_id) as days,
        array_agg(s.location_id order by s.expected_on, s.incoming_id) as places,
        array_agg(s.quantity - s.received order by s.expected_on, s.incoming_id) as quantities
    from incoming_stock as s
    where
        s.sku_id = w.sku_id
        and s.closed_at is null
        and s.quantity > s.received
        and ($2::uuid [] is null or s.location_id = any($2))
) as i on true
left join sku_backlog as l on w.sku_id = l.sku_id
left join sku as k on w.sku_id = k.sku_id
left join channel_threshold as t on w.sku_id = t.sku_id and t.channel_id = $3
