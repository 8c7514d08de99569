-- Wait for whoever feeds or counts the same locations; taken in one order, held until the end of the transaction.
insert into stock_feed_head (location_id, fed_at)
select
    location_id,
    $2
from unnest($1::uuid []) as a (location_id)
group by location_id
order by location_id
on conflict (location_id) do update
set fed_at = excluded.fed_at
