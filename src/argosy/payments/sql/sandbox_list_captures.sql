-- Captures that the sandbox gateway made within some time, in order of time and key.
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
    kind = 'capture'
    and outcome = 'succeeded'
    and made_at > $1
    and made_at <= $2
    and ($3::text is null or (made_at, key) > (select a.made_at, a.key from sandbox_operation as a where a.reference = $3))
order by made_at, key
limit $4
