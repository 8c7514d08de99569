-- Make a cursor for each reader that has none yet.
insert into reader_cursor (reader)
select unnest($1::text [])
on conflict (reader) do nothing
