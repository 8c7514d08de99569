-- Drop a role that no live key has.
delete from role
where
    role = $1
    and not built_in
    and not exists (
        select 1
        from api_key
        where
            role.role = any(api_key.roles)
            and api_key.revoked_at is null
            and (api_key.expires_at is null or api_key.expires_at > $2)
    )
returning role
