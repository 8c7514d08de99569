-- Drop answers that nobody will ask for again, some at a time.
delete from idempotency_key
where (api_key_id, key) in (
    select
        api_key_id,
        key
    from idempotency_key
    where created_at < $1
    order by created_at
    limit 5000
)
