-- Movements with what their gateways must be told.
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
from unnest($1::uuid [], $2::uuid []) as k (order_id, movement_id)
inner join money_movement as m on k.order_id = m.order_id and k.movement_id = m.movement_id
inner join payment as p on m.order_id = p.order_id and m.payment_no = p.payment_no
left join payment as r on p.order_id = r.order_id and p.renews_no = r.payment_no
