-- One page of keys, newest first.
select
    api_key_id,
    name,
    prefix,
    permissions,
    roles,
    channel_ids,
    location_ids,
    created_by,
    created_at,
    expires_at,
    revoked_at,
    last_used_at
from api_key
where ($1::uuid is null or api_key_id < $1) and ($2::uuid [] is null or api_key_id = any($2))
order by api_key_id desc
limit $3
