-- Revoke a key, once.
update api_key
set revoked_at = $2
where api_key_id = $1 and revoked_at is null
returning name
