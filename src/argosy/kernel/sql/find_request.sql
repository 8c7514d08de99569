-- What is known of the request with a key.
select
    route,
    digest,
    status,
    answer
from idempotency_key
where api_key_id = $1 and key = $2
