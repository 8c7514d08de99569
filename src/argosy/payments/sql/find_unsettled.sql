-- Movements that are pending or unknown and whose gateway was not asked about them of late.
select
    m.order_id,
    m.movement_id,
    m.payment_no,
    m.kind,
    m.amount_minor,
    m.currency,
    m.state,
    m.gateway,
    m.gateway_reference,
    m.code,
    m.message,
    m.asked_at,
    p.method,
    p.token,
    p.authorization_ref,
    r.authorization_ref as renewed_ref
from money_movement as m
inner join payment as p on m.order_id = p.order_id and m.payment_no = p.payment_no
left join payment as r on p.order_id = r.order_id and p.renews_no = r.payment_no
where
    m.state in ('pending', 'unknown')
    and coalesce(m.checked_at, m.asked_at) <= $1
    and ($3::uuid is null or m.order_id = $3)
order by coalesce(m.checked_at, m.asked_at)
limit $2
