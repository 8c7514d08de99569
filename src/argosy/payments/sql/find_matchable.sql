-- Strays whose authorization belongs to a payment by now.
select
    s.stray_id,
    s.gateway,
    s.reference,
    s.authorization_reference,
    s.kind,
    s.amount_minor,
    s.currency,
    s.hint,
    s.reason
from stray_payment as s
inner join gateway_reference as r
    on s.gateway = r.gateway and s.authorization_reference = r.reference and r.kind = 'authorize'
where
    s.state = 'open'
    and not exists (
        select 1
        from gateway_reference as g
        where g.gateway = s.gateway and g.reference = s.reference and g.kind = s.kind
    )
order by s.found_at
limit $1
