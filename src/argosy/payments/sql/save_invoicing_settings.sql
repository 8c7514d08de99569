-- Save how invoices are made; left alone when it is no longer at the version that was read.
insert into setting (name, value, changed_at, changed_by)
values ('invoicing', $1, $3, $4)
on conflict (name) do update
set value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by
where coalesce((setting.value ->> 'version')::int, 0) = $2
returning name
