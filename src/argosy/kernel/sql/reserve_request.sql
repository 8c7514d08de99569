-- Reserve the answer to a request; or take it over from one of the same content that crashed.
insert into idempotency_key as k (api_key_id, key, route, digest, created_at, lease_until)
values ($1, $2, $3, $4, $5, $6)
on conflict (api_key_id, key) do update
set lease_until = excluded.lease_until
where k.status is null and k.lease_until < $5 and k.route = excluded.route and k.digest = excluded.digest
returning lease_until
