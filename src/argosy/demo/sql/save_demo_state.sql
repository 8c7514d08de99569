-- Keep how far the demo is.
insert into setting (name, value, changed_at, changed_by)
values ('demo', $1, $2, 'system:demo')
on conflict (name) do update
    set value = excluded.value, changed_at = excluded.changed_at
