-- Lock authorizations of the sandbox gateway, in order.
select
    reference,
    token,
    currency,
    amount_minor,
    captured_minor,
    voided_minor,
    refunded_minor,
    expires_at
from sandbox_authorization
where reference = any($1::text [])
order by reference
for update
