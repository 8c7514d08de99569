-- A reader could not go on; keep why, for people to see.
update reader_cursor
set failures = failures + 1, last_error = $2, moved_at = $3
where reader = $1
returning failures
