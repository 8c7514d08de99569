-- Revoke keys, each once.
update api_key
set revoked_at = $2
where api_key_id = any($1::uuid []) and revoked_at is null
returning api_key_id
