-- What is free of some SKUs, at each location, with backlog, thresholds and incoming stock: one row a SKU.
select
    wanted.sku_id,
    p.location_ids,
    p.free,
    l.units as backlog_units,
    k.backorder_cap as backlog_cap,
    t.thresholds,
    case
        when k.backorder_cap > 0
            then (
                select
                    jsonb_agg(
                        jsonb_build_array(i.expected_on, i.location_id, i.quantity - i.received)
                        order by i.expected_on
                    )
                from incoming_stock as i
                where i.sku_id = wanted.sku_id and i.closed_at is null and i.quantity > i.received
            )
    end as incoming
from unnest($1::uuid []) as wanted (sku_id)
cross join lateral (
    select
        array_agg(b.location_id) as location_ids,
        array_agg(b.on_hand - b.allocated - b.reserved - b.safety_stock) as free
    from stock_balance as b
    where b.sku_id = wanted.sku_id and b.on_hand - b.allocated - b.reserved > b.safety_stock
) as p
left join (
    select
        sku_id,
        jsonb_object_agg(channel_id, threshold) as thresholds
    from channel_threshold
    where sku_id = any($1)
    group by sku_id
) as t on wanted.sku_id = t.sku_id
left join sku_backlog as l on wanted.sku_id = l.sku_id
left join sku as k on wanted.sku_id = k.sku_id
