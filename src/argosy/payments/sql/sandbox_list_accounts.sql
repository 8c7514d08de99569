-- Authorizations of the sandbox gateway, by reference.
select
    reference,
    token,
    currency,
    amount_minor,
    captured_minor,
    voided_minor,
    refunded_minor,
    expires_at,
    made_at
from sandbox_authorization
where $1::text is null or reference > $1
order by reference
limit $2
