-- A reader has come to a position.
update reader_cursor
set position = $2, moved_at = $3, failures = 0, last_error = null
where reader = $1
