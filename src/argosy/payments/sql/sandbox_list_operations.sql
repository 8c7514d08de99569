-- Operations of the sandbox gateway, by key.
select
    key,
    kind,
    reference,
    authorization_reference,
    amount_minor,
    currency,
    outcome,
    code,
    message,
    order_id,
    hint,
    ready_at,
    made_at
from sandbox_operation
where
    ($1::text is null or key > $1)
    and ($3::text is null or authorization_reference = $3)
order by key
limit $2
