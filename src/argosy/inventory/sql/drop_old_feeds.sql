-- Forget parts of feeds that nobody will repeat any more, up to a limit.
delete from stock_feed as f
using (
    select
        location_id,
        reference,
        part
    from stock_feed
    where made_at < $1
    order by made_at
    limit $2
) as old
where f.location_id = old.location_id and f.reference = old.reference and f.part = old.part
