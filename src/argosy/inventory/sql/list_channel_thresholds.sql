-- Thresholds of a channel by SKU, one page.
select
    t.sku_id,
    k.code as sku,
    t.threshold
from channel_threshold as t
inner join sku as k on t.sku_id = k.sku_id
where t.channel_id = $1 and ($2::uuid is null or t.sku_id > $2)
order by t.sku_id
limit $3
