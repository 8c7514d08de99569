-- Create a role or change the present one, if it is at the version that was decided on.
insert into role as r (role, title, permissions, changed_at)
values ($1, $2, $3, $4)
on conflict (role) do update
set title = excluded.title, permissions = excluded.permissions, changed_at = excluded.changed_at, version = r.version + 1
where not r.built_in and r.version = $5
returning version
