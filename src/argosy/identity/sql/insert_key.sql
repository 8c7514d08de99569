-- Keep a new key: its digest, never its secret.
insert into api_key (
    api_key_id, prefix, secret_sha256, name, permissions, location_ids, channel_ids, created_by, created_at, expires_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (prefix) do nothing
returning api_key_id
