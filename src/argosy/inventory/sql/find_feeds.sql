-- What is known of some feeds: every part so far, by location and reference.
select
    f.location_id,
    f.reference,
    f.part,
    f.feed_id,
    f.mode,
    f.as_of,
    f.parts,
    f.digest,
    f.positions,
    f.changed,
    f.stale,
    f.refused
from stock_feed as f
inner join (
    select distinct *
    from unnest($1::uuid [], $2::text []) as a (location_id, reference)
) as a on f.location_id = a.location_id and f.reference = a.reference
