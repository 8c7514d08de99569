-- How far each reader of the event log is behind, and why it stands if it does.
select
    reader,
    reader_cursor.position,
    last_position - reader_cursor.position as lag,
    moved_at,
    failures,
    last_error
from reader_cursor
cross join event_position
order by reader
