-- Places of a location that hold stock and that no part of a snapshot named, nor anything newer.
select
    b.sku_id,
    b.location_id,
    a.as_of,
    a.feed_id
from unnest($1::uuid [], $2::timestamptz [], $3::uuid []) as a (location_id, as_of, feed_id)
inner join stock_balance as b on a.location_id = b.location_id
where b.on_hand > 0 and coalesce(b.counted_as_of < a.as_of, true)
