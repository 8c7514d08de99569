-- Keep what became of each part of a feed, so that it is done once.
insert into stock_feed (
    location_id, reference, part, feed_id, mode, as_of, parts, digest, positions, changed, stale, refused, made_by, made_at
)
select
    location_id,
    reference,
    part,
    feed_id,
    mode,
    as_of,
    parts,
    digest,
    positions,
    changed,
    stale,
    refused::jsonb,
    made_by,
    $14
from unnest(
    $1::uuid [], $2::text [], $3::int [], $4::uuid [], $5::text [], $6::timestamptz [], $7::int [], $8::bytea [],
    $9::int [], $10::int [], $11::int [], $12::text [], $13::text []
) as f (
    location_id, reference, part, feed_id, mode, as_of, parts, digest, positions, changed, stale, refused, made_by
)
