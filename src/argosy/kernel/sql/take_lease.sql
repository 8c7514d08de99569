-- Take or extend a lease, unless somebody else holds it and it has not expired.
insert into lease (name, holder, expires_at)
values ($1, $2, $3)
on conflict (name) do update
set holder = excluded.holder, expires_at = excluded.expires_at
where lease.holder = excluded.holder or lease.expires_at < $4
returning name
