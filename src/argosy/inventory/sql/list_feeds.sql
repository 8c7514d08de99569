-- Feeds of a location by reference and part, one page.
select
    feed_id,
    location_id,
    reference,
    part,
    parts,
    mode,
    as_of,
    positions,
    changed,
    stale,
    refused,
    made_by,
    made_at
from stock_feed
where location_id = $1 and ($2::text is null or (reference, part) > ($2, $3::int))
order by reference, part
limit $4
