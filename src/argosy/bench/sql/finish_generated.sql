-- Every generated event has its position and was heard by every reader.
with last as (
    update event_position set last_position = (select coalesce(max(position), 0) from event)
    returning last_position
)
insert into reader_cursor (reader, position)
select
    r.reader,
    l.last_position
from unnest($1::text []) as r (reader)
cross join last as l
