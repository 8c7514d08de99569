-- Set how many units of a SKU a channel leaves unsold; without a number the channel's own threshold counts again.
with asked as materialized (
    select distinct on (sku_id, channel_id)
        sku_id,
        channel_id,
        threshold
    from unnest($1::uuid [], $2::uuid [], $3::int []) with ordinality as a (sku_id, channel_id, threshold, row_no)
    order by sku_id asc, channel_id asc, row_no desc
), dropped as (
    delete from channel_threshold as t
    using asked as a
    where t.sku_id = a.sku_id and t.channel_id = a.channel_id and a.threshold is null
)
insert into channel_threshold as t (sku_id, channel_id, threshold)
select
    sku_id,
    channel_id,
    threshold
from asked
where threshold is not null
on conflict (sku_id, channel_id) do update
set threshold = excluded.threshold
