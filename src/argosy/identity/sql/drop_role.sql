-- Drop a role that no key has.
delete from role
where
    role = $1
    and not built_in
    and not exists (
        select 1
        from api_key
        where role.role = any(api_key.roles) and api_key.revoked_at is null
    )
returning role
