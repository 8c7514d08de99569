-- The key with a prefix.
select
    api_key_id,
    secret_sha256,
    name,
    permissions,
    location_ids,
    channel_ids,
    expires_at,
    revoked_at
from api_key
where prefix = $1
