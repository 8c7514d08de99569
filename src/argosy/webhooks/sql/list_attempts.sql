-- The attempts of a delivery, oldest first.
select
    attempt_no,
    round,
    started_at,
    duration_ms,
    url,
    address,
    status_code,
    error,
    response_body,
    retry_after_seconds
from webhook_attempt
where endpoint_id = $1 and delivery_id = $2
order by attempt_no
