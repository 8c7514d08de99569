-- Give an endpoint a new secret; the present ones go on signing until the overlap is over.
with bumped as (
    update webhook_endpoint
    set version = version + 1, changed_at = $4
    where endpoint_id = $1 and state <> 'deleted'
    returning endpoint_id, version
), ending as (
    update webhook_secret as s
    set expires_at = least(coalesce(s.expires_at, $5), $5)
    from bumped as b
    where s.endpoint_id = b.endpoint_id
), made as (
    insert into webhook_secret (endpoint_id, secret_id, sealed, made_at)
    select
        endpoint_id,
        $2,
        $3,
        $4
    from bumped
)
select version from bumped
