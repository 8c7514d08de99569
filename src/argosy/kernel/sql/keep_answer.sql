-- Keep the answer of a request, if it was not taken over meanwhile.
update idempotency_key
set status = $4, answer = $5, lease_until = null
where api_key_id = $1 and key = $2 and status is null and lease_until = $3
returning key
