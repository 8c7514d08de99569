-- Keep a new key: the digest of its secret, never the secret.
insert into api_key (
    api_key_id,
    prefix,
    secret_sha256,
    name,
    permissions,
    roles,
    channel_ids,
    location_ids,
    created_by,
    created_at,
    expires_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
