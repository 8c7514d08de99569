-- One operation of the sandbox gateway, by the gateway's reference.
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
where reference = $1
