-- How far each reader is behind the event log.
select
    reader,
    last_position - position as lag,
    failures
from reader_cursor
cross join event_position
order by reader
