-- A key was used; written once a minute at most, whoever else saw it used.
update api_key
set last_used_at = $2::timestamptz
where api_key_id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')
