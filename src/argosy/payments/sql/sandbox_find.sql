-- What the sandbox gateway was asked before under some keys.
select
    o.key,
    o.kind,
    o.reference,
    o.authorization_reference,
    o.amount_minor,
    o.currency,
    o.outcome,
    o.code,
    o.message,
    o.ready_at,
    a.expires_at
from sandbox_operation as o
left join sandbox_authorization as a on o.kind = 'authorize' and o.reference = a.reference
where o.key = any($1::text [])
