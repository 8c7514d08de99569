-- Forget a request that came to nothing, so that it can be made again at once.
delete from idempotency_key
where api_key_id = $1 and key = $2 and status is null and lease_until = $3
