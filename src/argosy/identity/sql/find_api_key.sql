-- The key with a prefix, with what its roles permit.
select
    api_key_id,
    name,
    secret_sha256,
    permissions,
    array(
        select distinct unnest(role.permissions)
        from role
        where role.role = any(api_key.roles)
    ) as role_permissions,
    channel_ids,
    location_ids,
    expires_at,
    revoked_at,
    last_used_at
from api_key
where prefix = $1
