-- Make an endpoint, which hears what happens from now on, with its first secret.
with made as (
    insert into webhook_endpoint (
        endpoint_id, url, description, events, patterns, channel_ids, from_position, created_by, created_at, changed_at
    )
    select
        $1,
        $2,
        $3,
        $4,
        $5,
        $6,
        p.last_position,
        $7,
        $8,
        $8
    from event_position as p
    where (select count(*) from webhook_endpoint where state <> 'deleted') < $9::int
    returning endpoint_id, version
), secret as (
    insert into webhook_secret (endpoint_id, secret_id, sealed, made_at)
    select
        endpoint_id,
        $10,
        $11,
        $8
    from made
)
select version from made
